#!/bin/sh
# Make the virtual environment and install SimilIJ in it, editable, with all it can use.
set -eu
venv="$1"
cd "$(dirname "$0")/.."
python="${PYTHON:-python3}"
"$python" - <<'CHECK'
import sys
if sys.version_info < (3, 10):
    sys.exit(f"SimilIJ needs Python 3.10 or later, this is {sys.version.split()[0]}: "
             "install a newer one, or name it: make PYTHON=python3.12 ...")
CHECK
if [ ! -x "$venv/bin/python" ]; then
    sh tools/need.sh venv
    echo "Making $venv ..."
    "$python" -m venv "$venv"
fi
echo "Installing SimilIJ and what it needs into $venv (some minutes the first time) ..."
"$venv/bin/python" -m pip install -q --upgrade "pip>=25.1"
"$venv/bin/python" -m pip install -q -c constraints.txt -e ".[all]" --group dev
