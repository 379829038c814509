#!/usr/bin/env bash
# Fails when the committed typed operations are not what codegen makes of the committed schema.
set -euo pipefail
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
cp -r src/demo/gql "$fresh/demo" && cp -r test/gql "$fresh/test"
graphql-codegen --config codegen.ts >"$fresh/log" 2>&1 || { cat "$fresh/log" >&2; exit 1; }
diff -r "$fresh/demo" src/demo/gql && diff -r "$fresh/test" test/gql && exit 0
echo 'the typed operations were out of date: commit what codegen has just written' >&2
exit 1
