export type BenchArguments = {
  names: string[];
  quick: boolean;
  keep: boolean;
  json: string | null;
};

/** What the command line cannot be read as; the message says what it may be. */
export class UsageError extends Error {
  override name = 'UsageError';
}

const FLAGS = ['--quick', '--keep', '--json FILE'];

/**
 * Reads the command line; no name means all of them.
 * @throws UsageError for a name or a flag that there is not
 */
export function readArguments(words: string[], known: string[]): BenchArguments {
  const read: BenchArguments = { names: [], quick: false, keep: false, json: null };
  const left = [...words];
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    if (word === '--quick') read.quick = true;
    else if (word === '--keep') read.keep = true;
    else if (word === '--json') read.json = left.shift() ?? refuse('--json needs a file', known);
    else if (word.startsWith('-')) refuse(`there is no flag ${word}`, known);
    else if (known.includes(word)) read.names.push(word);
    else refuse(`there is no bench ${word}`, known);
  }
  if (read.names.length === 0) read.names = known;
  return read;
}

function refuse(problem: string, known: string[]): never {
  throw new UsageError(`${problem}; benches: ${known.join(', ')}; flags: ${FLAGS.join(', ')}`);
}
