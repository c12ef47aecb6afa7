#!/bin/sh
# Packs Conclave Helper into one file for the system this runs on, which needs nothing else installed: dist/conclave-helper.
# Works in an environment of its own, with the versions of locks/helper.txt.
#
#     sh tools/build_helper.sh [FOLDER]
set -eu
cd "$(dirname "$0")/.."
folder=${1:-dist}
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes -r locks/helper.txt
"$folder/venv/bin/pyinstaller" --onefile --noconfirm --log-level ERROR --name conclave-helper \
  --paths src --add-data "$PWD/src/conclave/helper/words.txt:conclave/helper" \
  --distpath "$folder" --workpath "$folder/build" --specpath "$folder/build" src/conclave/helper/__main__.py
ls -l "$folder"/conclave-helper*
