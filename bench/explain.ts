import type pg from 'pg';

export type Statement = { text: string; values: unknown[] };

/** What one statement touched, in blocks of 8 KiB, each counted every time. */
export type Cost = {
  /** Of indexes of the postbacks. */
  indexBlocks: number;
  /** Of the postbacks themselves. */
  rowBlocks: number;
  /** Of everything. */
  blocks: number;
  /** How often an index was gone down from its root, and how its entries were read. */
  indexSearches: number;
  scans: string[];
  ms: number;
  /** As `EXPLAIN (ANALYZE, BUFFERS)` prints it. */
  plan: string;
};

/**
 * Runs a statement under EXPLAIN, the first time to warm the cache. Index blocks and row blocks are told
 * apart by PostgreSQL's own counters of the table: a plan adds them up.
 */
export async function explain(client: pg.Client, { text, values }: Statement): Promise<Cost> {
  const ask = (options: string) =>
    client.query({ text: `EXPLAIN (ANALYZE, BUFFERS${options}) ${text}`, values });
  await ask('');
  const before = await countBlocks(client);
  const { rows } = await ask('');
  const after = await countBlocks(client);
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
  const json = (await ask(', FORMAT JSON')).rows[0]['QUERY PLAN'][0];
  return {
    indexBlocks: after.index - before.index,
    rowBlocks: after.rows - before.rows,
    blocks: json.Plan['Shared Hit Blocks'] + json.Plan['Shared Read Blocks'],
    indexSearches: nodesOf(json.Plan).reduce((sum, node) => sum + (node['Index Searches'] ?? 0), 0),
    scans: nodesOf(json.Plan).map((node) => node['Node Type']),
    ms: json['Execution Time'],
    plan,
  };
}

type Node = { 'Node Type': string; 'Index Searches'?: number; Plans?: Node[] };

function nodesOf(node: Node): Node[] {
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)];
}

async function countBlocks(client: pg.Client): Promise<{ index: number; rows: number }> {
  // A backend keeps its counts to itself until it is told to share them at the end of a statement.
  await client.query('SELECT pg_stat_force_next_flush()');
  const { rows } = await client.query(`
    SELECT (idx_blks_read + idx_blks_hit)::int AS index, (heap_blks_read + heap_blks_hit)::int AS rows
    FROM pg_statio_user_tables WHERE relname = 'postback'`);
  return rows[0];
}
