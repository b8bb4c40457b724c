#!/bin/sh
# peers.sh - installs what spec/bench compares lash with and npm has, into build/;
# run in the sources' folder. Without npm, or without a network, the measurements go
# without it.
. ./scripts/packages
command -v npm >/dev/null || exit 0
(install_from_npm openai ../../spec/support/openai/stream.cjs) || exit 0
