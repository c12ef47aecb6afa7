#!/bin/sh
# What the browser tests need beside Python: Chromium, Firefox, a virtual X screen, a window with text, a packet capture.
# Uses what is on the path; as root on Debian it installs what is missing.
set -eu
packages=""
need() { command -v "$1" >/dev/null 2>&1 || packages="$packages $2"; }
need chromium chromium
need firefox-esr firefox-esr
need Xvfb xvfb
need xterm xterm
need tcpdump tcpdump
[ -z "$packages" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  apt-get update -qq
  # shellcheck disable=SC2086  # a list of words
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages fonts-dejavu-core >/dev/null
else
  echo "browser tests need these programs; install the packages:$packages" >&2
  exit 1
fi
