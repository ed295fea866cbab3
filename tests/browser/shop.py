"""What a program of the sample world's shop does, for the people in browser tests."""

from typing import Any

from console.demo.client import Client
from core import clock
from core.launcher.testing import Product

STREAM = "Demo shop stream"


def client_of(product: Product) -> Client:
    """A program of the sample world."""
    environ = product.client_environ()
    return Client(
        gateway=product.url,
        collector=product.collector_url,
        headers={
            "Authorization": f"Bearer {environ['ACCESS_TOKEN']}",
            "x-api-key": environ["API_KEY"],
            "x-gw-ims-org-id": environ["IMS_ORG"],
            "x-sandbox-name": environ["SANDBOX_NAME"],
        },
    )


def purchase_message(product: Product, email: str, *, key: str, sku: str) -> dict[str, Any]:
    """A purchase of now, ready to be sent to the shop's connection."""
    datasets = client_of(product).get("/data/foundation/catalog/dataSets", name="Demo shop events")
    ((dataset, found),) = datasets.items()
    reference = {"id": found["schemaRef"]["id"], "contentType": found["schemaRef"]["contentType"]}
    return {
        "header": {
            "schemaRef": reference,
            "imsOrgId": product.client_environ()["IMS_ORG"],
            "datasetId": dataset,
        },
        "body": {
            "xdmMeta": {"schemaRef": reference},
            "xdmEntity": {
                "_id": key,
                "timestamp": clock.iso_ms(clock.now_ms()),
                "eventType": "commerce.purchases",
                "identityMap": {"Email": [{"id": email, "primary": True}]},
                "productListItems": [{"SKU": sku, "quantity": 1}],
            },
        },
    }
