# Shared by the scripts in bin/: messages, stamps and the search for a Python. POSIX sh.

say() { printf '▸ %s\n' "$1"; }

fail() {
    printf '\n✗ %s\n  %s\n' "$1" "$2" >&2
    exit 1
}

no_python() {
    fail "No Python 3.12 or later found." \
        "Install one (Debian 13, Ubuntu 24.04: apt-get install python3 python3-venv) or name one: make PYTHON=/path/to/python3.13 setup"
}

no_venv() {
    fail "$1 cannot create virtual environments." \
        "On Debian and Ubuntu: apt-get install python3-venv"
}

no_index() {
    fail "Cannot install from $1." \
        "Is the network up? Behind a mirror set PIP_INDEX_URL and UV_DEFAULT_INDEX (Python) or npm_config_registry (npm). Details: .boot/setup.log"
}

# Runs a command with its output in .boot/setup.log; shows the end of it if the command fails.
run() {
    printf '\n$ %s\n' "$*" >>.boot/setup.log
    : >.boot/last.log
    if "$@" >.boot/last.log 2>&1 </dev/null; then
        cat .boot/last.log >>.boot/setup.log
        return 0
    fi
    cat .boot/last.log >>.boot/setup.log
    tail -n 15 .boot/last.log >&2
    return 1
}

fresh() { [ "$(cat ".boot/stamps/$1" 2>/dev/null)" = "$2" ]; }

remember() { printf '%s\n' "$2" >".boot/stamps/$1"; }

# A name on PATH may be a version manager's stand-in that only fails: ask by running.
usable_python() {
    "$1" -c 'import ssl, sys, venv; sys.exit(not (3, 12) <= sys.version_info[:2] <= (3, 14))' \
        >/dev/null 2>&1
}

find_python() {
    if [ -n "${PYTHON:-}" ]; then
        usable_python "$PYTHON" && real_python "$PYTHON"
        return
    fi
    # Unquoted on purpose: unmatched patterns stay as they are and fail to run.
    # shellcheck disable=SC2046,SC2086
    for candidate in python3.13 python3.12 python3.14 python3 $(managed_pythons) \
        /usr/local/bin/python3.1[2-4] /usr/bin/python3.1[2-4] /opt/python*/bin/python3; do
        if usable_python "$candidate"; then
            real_python "$candidate"
            return
        fi
    done
    return 1
}

# Interpreters of version managers. Their stand-ins on PATH show where the manager lives, even when
# HOME points elsewhere.
managed_pythons() {
    roots="${PYENV_ROOT:-} ${HOME:-/nonexistent}/.pyenv"
    roots="$roots $(printf '%s' "$PATH" | tr ':' '\n' | sed -n 's,/shims/*$,,p' | tr '\n' ' ')"
    for version in 3.13 3.12 3.14; do
        for root in $roots; do
            printf '%s ' "$root"/versions/$version*/bin/python3 "$root"/installs/python/$version*/bin/python3
        done
        printf '%s ' "${HOME:-/nonexistent}"/.local/share/uv/python/cpython-$version*/bin/python3 \
            "${HOME:-/nonexistent}"/.local/share/mise/installs/python/$version*/bin/python3
    done
}

# The program behind shims and links, so that .venv does not depend on the caller's settings.
real_python() {
    "$1" -c 'import os, sys; print(os.path.realpath(sys._base_executable or sys.executable))'
}

# Installers cache under the home folder; some accounts have none they may write to.
use_own_caches_without_home() {
    if [ -d "${HOME:-/nonexistent}" ] && [ -w "$HOME" ]; then return; fi
    export HOME="$PWD/.boot/home"
    mkdir -p "$HOME"
}
