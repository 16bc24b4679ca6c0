#!/bin/sh
# Make sure that programs are there: on Debian as root install them, else say how.
set -eu

packages() {
    case "$1" in
        java | awt) echo openjdk-17-jdk ;;
        mvn) echo maven ;;
        Xvfb) echo xvfb fonts-dejavu-core ;;
        chromium) echo chromium fonts-dejavu-core ;;
        venv) echo python3-venv ;;
        *) echo "$1" ;;
    esac
}

there() {
    case "$1" in
        venv) python3 -c "import ensurepip" 2>/dev/null ;;
        awt) # a Java that can open windows; on Linux there is one that cannot
            [ "$(uname)" != Linux ] && return
            java=$(readlink -f "$(command -v java)")
            [ -e "${java%/bin/java}/lib/libawt_xawt.so" ] ;;
        chromium) # by any of the names it goes by
            for name in chromium chromium-browser google-chrome; do
                command -v "$name" >/dev/null 2>&1 && return
            done
            return 1 ;;
        *) command -v "$1" >/dev/null 2>&1 ;;
    esac
}

missing=""
wanted=""
for program in "$@"; do
    there "$program" && continue
    missing="$missing $program"
    wanted="$wanted $(packages "$program")"
done
[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing$wanted ..."
    apt-get update -qq
    # shellcheck disable=SC2086 - the names are words
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        $wanted >/dev/null
else
    echo "Missing:$missing. Install them first, e.g. on Debian or Ubuntu:" >&2
    echo "  sudo apt install$wanted" >&2
    echo "(on macOS: brew install openjdk maven, and --cask chromium)" >&2
    exit 1
fi
