#!/usr/bin/env bash
# Fails when the committed typed operations are not what codegen makes of the committed schema.
set -euo pipefail
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
folders=(src/demo/gql src/tail/gql monitor/gql test/gql)
cp -r --parents "${folders[@]}" "$fresh"
graphql-codegen --config codegen.ts >"$fresh/log" 2>&1 || { cat "$fresh/log" >&2; exit 1; }
for folder in "${folders[@]}"; do diff -r "$fresh/$folder" "$folder" || changed=1; done
[ -z "${changed:-}" ] && exit 0
echo 'the typed operations were out of date: commit what codegen has just written' >&2
exit 1
