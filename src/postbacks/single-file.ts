type Options = {
  /** How many may wait behind the one whose turn it is. */
  inLine: number;
  /** How long each of them waits, in milliseconds. */
  patienceMs: number;
};

/** One at a time, in the order they came; nobody waits for long. */
export type SingleFile = {
  /** Resolves with whether it is the caller's turn. Then `leave` is to be called in the end. */
  enter(): Promise<boolean>;
  leave(): void;
};

export function createSingleFile({ inLine, patienceMs }: Options): SingleFile {
  const line: ((isTheirTurn: boolean) => void)[] = [];
  let isTaken = false;

  return {
    enter() {
      if (isTaken && line.length >= inLine) return Promise.resolve(false);
      if (isTaken) return wait();
      isTaken = true;
      return Promise.resolve(true);
    },
    leave() {
      const next = line.shift();
      if (next) next(true);
      else isTaken = false;
    },
  };

  function wait(): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => {
      line.splice(line.indexOf(resolve), 1);
      resolve(false);
    }, patienceMs);
    line.push(resolve);
    return promise.finally(() => clearTimeout(timer));
  }
}
