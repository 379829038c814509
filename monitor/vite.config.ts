import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

const VOLLEY = process.env.VOLLEY_URL ?? 'http://127.0.0.1:4000';
const DIST = join(import.meta.dirname, 'dist');

/** Compressed once, by the build: a start of Volley only reads. */
const precompress: Plugin = {
  name: 'precompress',
  apply: 'build',
  closeBundle() {
    for (const folder of [DIST, join(DIST, 'assets')]) {
      for (const file of readdirSync(folder, { withFileTypes: true })) {
        if (!file.isFile() || /\.(br|gz)$/.test(file.name)) continue;
        const path = join(folder, file.name);
        const content = readFileSync(path);
        writeFileSync(`${path}.br`, brotliCompressSync(content));
        writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
      }
    }
  },
};

/** What the page asks, word for word: callers who may run known operations only may run these. */
const listDocuments: Plugin = {
  name: 'list-documents',
  apply: 'build',
  async writeBundle() {
    const found = Object.entries(await import('./gql/graphql.ts')).flatMap(([name, document]) =>
      name.endsWith('Document') ? [[name.replace(/Document$/, ''), String(document)]] : [],
    );
    writeFileSync(join(DIST, 'documents.json'), JSON.stringify(Object.fromEntries(found)));
  },
};

/** Each operation once: with the typed function comes a map that holds every text twice more. */
const inlineOperations: Plugin = {
  name: 'inline-operations',
  enforce: 'pre',
  transform(code, id) {
    if (id.endsWith('/gql/graphql.ts')) return code.replaceAll('= new', '= /* @__PURE__ */ new');
    if (!id.endsWith('operations.ts')) return null;
    return code
      .replace("{ graphql } from '../gql/gql.ts'", "* as documents from '../gql/graphql.ts'")
      .replace(/graphql\(`\s*(\w+) (\w+)[^`]*`\)/g, (_call, kind, name) =>
        kind === 'fragment' ? `documents.${name}FragmentDoc` : `documents.${name}Document`,
      );
  },
};

/** Built by `scripts/setup.mjs`, served by `src/http/monitor.ts`. */
export default defineConfig({
  root: import.meta.dirname,
  base: '/monitor/',
  publicDir: false,
  plugins: [inlineOperations, listDocuments, precompress],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: ['chrome125', 'firefox128', 'safari18'],
    // Files of an assets folder of its own: they are named by their content and kept for ever.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  // `npm run dev:monitor`: a Volley that runs answers what the page asks, and follows its links.
  server: {
    proxy: { '/graphql': { target: VOLLEY, ws: true }, '/click': { target: VOLLEY } },
  },
});
