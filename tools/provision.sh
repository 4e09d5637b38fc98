#!/bin/sh
# Sets up what the project's commands need, and says what it does: provision.sh python|vulkan|node|chromium|clients ...
# Each part is left alone where it is there already. Debian packages are installed only where that is permitted.
set -eu
cd "$(dirname "$0")/.."

say() { printf '==> %s\n' "$*"; }

find_python() {
    for name in "${PYTHON:-}" python3.13 python3.12 python3.11 python3 python; do
        if [ -n "$name" ] && command -v "$name" >/dev/null 2>&1 &&
            "$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; then
            echo "$name"
            return
        fi
    done
    echo "no Python 3.11 to 3.13 found; install one, or name it: make PYTHON=..." >&2
    exit 1
}

python_part() {
    if [ ! -x .venv/bin/python ]; then
        python=$(find_python)
        say "making a virtual environment in .venv with $("$python" --version)"
        "$python" -m venv .venv
    fi
    wanted=$(cat pyproject.toml constraints.txt | cksum)
    if [ "$(cat .venv/provisioned 2>/dev/null || true)" != "$wanted" ]; then
        say "installing WebNPU, all its backends and the development tools into .venv"
        .venv/bin/python -m pip install --quiet --disable-pip-version-check --upgrade -c constraints.txt pip
        # setuptools warns of every editable installation that it is one
        PYTHONWARNINGS=ignore .venv/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[all]' --group dev
        echo "$wanted" >.venv/provisioned
    fi
}

# Installs Debian packages, if this user may: package...
debian() {
    if ! command -v apt-get >/dev/null 2>&1; then
        say "cannot install $*: there is no apt-get here; install the like by hand"
        return 1
    fi
    if [ "$(id -u)" = 0 ]; then
        as_root=
    elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
        as_root="sudo -n"
    else
        say "cannot install $*: not permitted; run as root: apt-get install $*"
        return 1
    fi
    say "installing $* (apt-get)"
    # shellcheck disable=SC2086
    { $as_root apt-get update -qq && $as_root env DEBIAN_FRONTEND=noninteractive DEBCONF_NOWARNINGS=yes apt-get install -y -qq --no-install-recommends "$@"; } >/dev/null
}

vulkan_part() {
    for folder in /usr/share/vulkan/icd.d /etc/vulkan/icd.d; do
        if ls "$folder"/*.json >/dev/null 2>&1; then
            return
        fi
    done
    case $(uname -s) in
    Linux) debian mesa-vulkan-drivers libvulkan1 || say "without a Vulkan driver the webgpu backend is skipped" ;;
    esac
}

chromium_part() {
    for name in chromium chromium-browser google-chrome; do
        if command -v "$name" >/dev/null 2>&1; then
            return
        fi
    done
    debian chromium || say "without Chromium the tests in a browser are skipped"
}

node_is_recent() {
    command -v npm >/dev/null 2>&1 && node -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)' 2>/dev/null
}

# Prints a checksum of files and of those in folders: path...
checksum_of() {
    find "$@" -type f 2>/dev/null | LC_ALL=C sort | while read -r file; do cksum "$file"; done | cksum
}

node_part() {
    if ! node_is_recent; then
        case $(uname -s) in
        Linux) debian nodejs npm || true ;;
        esac
    fi
    if ! node_is_recent; then
        say "without Node.js 18 or later and npm the polyfill is neither built nor tested"
        return
    fi
    cd polyfill
    wanted=$(checksum_of package.json package-lock.json)
    if [ "$(cat node_modules/provisioned 2>/dev/null || true)" != "$wanted" ]; then
        say "installing the polyfill's development tools into polyfill/node_modules"
        npm install --no-save --ignore-scripts --silent # not npm ci: that wants the packages of all platforms
        echo "$wanted" >node_modules/provisioned
    fi
    wanted=$(checksum_of package.json package-lock.json tsconfig*.json ./*.mjs src site \
        ../backends/webgpu/kernels ../backends/webgpu/library ../tests/conformance/cases ../tests/conformance/validation)
    if [ ! -f dist/index.js ] || [ "$(cat node_modules/built 2>/dev/null || true)" != "$wanted" ]; then
        say "building the polyfill with Node.js $(node --version)"
        npm run --silent build
        echo "$wanted" >node_modules/built
    fi
    cd ..
}

# What the polyfill is tested with, though it does not need it: some 350 MB.
clients_part() {
    if ! node_is_recent; then
        say "without Node.js 18 or later and npm the users of WebNN that the polyfill is tested with are not installed"
        return
    fi
    cd polyfill/test/clients
    wanted=$(cksum package.json)
    if [ "$(cat node_modules/provisioned 2>/dev/null || true)" != "$wanted" ]; then
        say "installing onnxruntime-web, transformers.js and LiteRT.js into polyfill/test/clients"
        npm install --no-save --no-package-lock --no-audit --no-fund --ignore-scripts --silent
        echo "$wanted" >node_modules/provisioned
    fi
    cd ../../..
}

for part in "$@"; do
    "${part}_part"
done
