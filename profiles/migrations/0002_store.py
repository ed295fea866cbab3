"""The identity graph and the profile store."""

from django.db import migrations

FORWARD = """
CREATE TABLE identity (
    id         bytea    PRIMARY KEY,
    sandbox    smallint NOT NULL,
    namespace  integer  NOT NULL,
    value      text     COLLATE "C" NOT NULL,
    profile    bytea    NOT NULL,
    created_at bigint   NOT NULL,
    severed_at  bigint,
    severed_seq bigint
) WITH (fillfactor = 90);
COMMENT ON COLUMN identity.id IS '16-byte digest of sandbox, namespace and value';
COMMENT ON COLUMN identity.severed_at IS
    'receive time (µs) and sequence of the newest record that cut one of its links; null: none';
COMMENT ON COLUMN identity.profile IS 'smallest identity id of its graph; itself when unlinked';
CREATE INDEX identity_profile ON identity (profile);
CREATE INDEX identity_value ON identity (sandbox, value);

CREATE TABLE identity_edge (
    a                 bytea    NOT NULL,
    b                 bytea    NOT NULL,
    sandbox           smallint NOT NULL,
    first_established bigint   NOT NULL,
    last_established  bigint   NOT NULL,
    started_at        bigint   NOT NULL DEFAULT 0,
    started_seq       bigint   NOT NULL DEFAULT 0,
    order_at          bigint   NOT NULL,
    order_seq         bigint   NOT NULL,
    datasets          integer[] NOT NULL,
    PRIMARY KEY (a, b),
    CHECK (a < b)
) WITH (fillfactor = 80);
COMMENT ON TABLE identity_edge IS 'Active links; (started_at, started_seq) names this life of one.';
COMMENT ON COLUMN identity_edge.order_at IS
    'receive time (µs) and sequence of the newest observation: the canonical order of the graph';
CREATE INDEX identity_edge_b ON identity_edge (b);

CREATE TABLE identity_edge_ended (
    a                 bytea    NOT NULL,
    b                 bytea    NOT NULL,
    sandbox           smallint NOT NULL,
    first_established bigint   NOT NULL,
    last_established  bigint   NOT NULL,
    started_at        bigint   NOT NULL,
    started_seq       bigint   NOT NULL,
    order_at          bigint   NOT NULL,
    order_seq         bigint   NOT NULL,
    datasets          integer[] NOT NULL,
    ended_at          bigint   NOT NULL,
    ended_seq         bigint   NOT NULL,
    reason            text     NOT NULL,
    PRIMARY KEY (a, b, started_at, started_seq)
);
COMMENT ON TABLE identity_edge_ended IS 'Links that a linking rule or the capacity cut, and why.';
CREATE INDEX identity_edge_ended_b ON identity_edge_ended (b);

CREATE TABLE identity_observation (
    identity  bytea  NOT NULL,
    order_at  bigint NOT NULL,
    order_seq bigint NOT NULL,
    sandbox   smallint NOT NULL,
    dataset   integer  NOT NULL,
    timestamp bigint   NOT NULL,
    members   bytea[]  NOT NULL,
    PRIMARY KEY (identity, order_at, order_seq)
);
COMMENT ON TABLE identity_observation IS
    'Which identities came together, kept where linking rules are on: a late record re-folds its graph.';

CREATE TABLE profile_fragment (
    identity     bytea    NOT NULL,
    dataset      integer  NOT NULL,
    sandbox      smallint NOT NULL,
    effective_at bigint   NOT NULL,
    seq          bigint   NOT NULL,
    document     bytea,
    clocks       bytea,
    PRIMARY KEY (identity, dataset)
) WITH (fillfactor = 80);
COMMENT ON COLUMN profile_fragment.document IS 'JSON; null: deleted at effective_at';
COMMENT ON COLUMN profile_fragment.clocks IS 'JSON, order keys of patched leaves; null: none';
CREATE INDEX profile_fragment_dataset ON profile_fragment (dataset);

CREATE TABLE profile_event (
    dataset     integer  NOT NULL,
    event_id    text     COLLATE "C" NOT NULL,
    sandbox     smallint NOT NULL,
    identity    bytea    NOT NULL,
    timestamp   bigint   NOT NULL,
    received_at bigint   NOT NULL,
    seq         bigint   NOT NULL,
    event_type  text,
    document    bytea    NOT NULL,
    PRIMARY KEY (dataset, event_id)
);
CREATE INDEX profile_event_identity ON profile_event (identity, timestamp);

CREATE TABLE profile (
    id         bytea     PRIMARY KEY,
    sandbox    smallint  NOT NULL,
    document   bytea     NOT NULL,
    sources    integer[] NOT NULL,
    updated_at bigint    NOT NULL
) WITH (fillfactor = 80);
COMMENT ON TABLE profile IS
    'Merged attributes under the sandbox''s edge-active (else default) policy: a cache of the fragments.';
CREATE INDEX profile_sandbox ON profile (sandbox, id);
"""

REVERSE = """
DROP TABLE profile, profile_event, profile_fragment, identity_observation, identity_edge_ended,
    identity_edge, identity;
"""


class Migration(migrations.Migration):
    dependencies = [("profiles", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, REVERSE)]
