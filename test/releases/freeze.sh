#!/usr/bin/env bash
# Freezes the parts of a release that talk to another version: the client library, the CLI's request and the refresher. The
# files of 0.2 were made by:
#
#   bash test/releases/freeze.sh 0.2 d00264966023e70114d885f5d701cb14e03d6bfd
#
# Packages are not included. They come from node_modules, as with an installed release.
set -euo pipefail
cd "$(dirname "$0")/../.."
release=$1 commit=$2 sources=$(mktemp -d)
trap 'rm -rf "$sources"' EXIT

git archive "$commit" lambdas cli package.json tsconfig.json | tar -x -C "$sources"
for part in client=lambdas/client/index.ts request-refresh=cli/refresher/request-refresh.ts \
  refresher=lambdas/refresher/compose-refresher.ts; do
  npx esbuild "$sources/${part#*=}" --bundle --minify --format=esm --platform=node --target=node20 \
    --packages=external --log-level=warning --outfile="test/releases/$release/${part%%=*}.mjs"
done
