/** One figure of a bench: a line of its table, and an element of what `--json` writes. */
export type Result = {
  /** Of the bench. */
  name: string;
  /** Whose figure of what: `Volley: postbacks a second`. Part of it is the load, when that differs. */
  metric: string;
  value: number;
  unit: string;
  /** To the figure that `against` names, of the same run; null when it is compared with nothing. */
  ratio: number | null;
  against: string | null;
  /** In words: `>= 2`. Judges the ratio where there is one, else the value. */
  goal: string | null;
  met: boolean | null;
};

export type Options = {
  /** Everything within a minute: fewer items, fewer peers. */
  quick: boolean;
  /** Tells a person who waits what is going on. */
  progress: (line: string) => void;
};

export type Bench = {
  name: string;
  summary: string;
  run(options: Options): Promise<Result[]>;
};

type Judged = { against?: string; ratio?: number; atLeast?: number; atMost?: number };

/**
 * Makes the results of one bench.
 * @param judged what it is compared with, and the goal: bounds of the ratio, or of the value without one
 */
export function resultsOf(name: string) {
  return (metric: string, value: number, unit: string, judged: Judged = {}): Result => {
    const { against = null, ratio = null, atLeast, atMost } = judged;
    const measured = ratio ?? value;
    const goals = [
      ...(atLeast === undefined ? [] : [{ goal: `>= ${atLeast}`, met: measured >= atLeast }]),
      ...(atMost === undefined ? [] : [{ goal: `<= ${atMost}`, met: measured <= atMost }]),
    ];
    return {
      ...{ name, metric, value: rounded(value), unit },
      ...{ ratio: ratio === null ? null : rounded(ratio), against },
      goal: goals.length > 0 ? goals.map((it) => it.goal).join(', ') : null,
      met: goals.length > 0 ? goals.every((it) => it.met) : null,
    };
  };
}

/** Four digits say more than one machine can repeat. */
function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
