#!/bin/bash
# Is the C laid out as .clang-format says? With --fix, lays it out so.
# Not asked of examples/, nor of the design's example among the tests: they are laid out by hand, to be read first, and
# clang-format 14 has no good place for a compound literal among arguments.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
how=(--dry-run -Werror --ferror-limit=3)
if [ "${1:-}" = --fix ]; then how=(-i); fi
find include src port sim cli test bench python -name '*.[ch]' ! -name design_home_switch.c -print0 | xargs -0 clang-format "${how[@]}"
