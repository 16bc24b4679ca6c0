#!/bin/sh
# Make sure that programs are there: on Debian as root install them, else say how.
set -eu
packages() {
    case "$1" in
        java) echo openjdk-17-jdk-headless ;;
        mvn) echo maven ;;
        Xvfb) echo "xvfb xauth libxtst6 libxi6 libxrender1 fonts-dejavu-core" ;;
        venv) echo python3-venv ;;
        *) echo "$1" ;;
    esac
}
missing=""
for program in "$@"; do
    case "$program" in
        venv) python3 -c "import ensurepip" 2>/dev/null || missing="$missing $program" ;;
        Xvfb)
            # Windows need a Java that is not headless, and fonts.
            command -v Xvfb >/dev/null 2>&1 || missing="$missing $program" ;;
        *) command -v "$program" >/dev/null 2>&1 || missing="$missing $program" ;;
    esac
done
[ -z "$missing" ] && exit 0
wanted=""
for program in $missing; do wanted="$wanted $(packages "$program")"; done
case "$missing" in *java*) wanted="$wanted openjdk-17-jdk" ;; esac
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing:$wanted ..."
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $wanted >/dev/null
else
    echo "Missing:$missing. Install them first, e.g. on Debian or Ubuntu:" >&2
    echo "  sudo apt install$wanted" >&2
    echo "(on macOS: brew install openjdk maven; windows on screen need no Xvfb there)" >&2
    exit 1
fi
