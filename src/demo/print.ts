import { styleText } from 'node:util';
import type { LiveResult } from './api.ts';

/** The demo's lines: a time, what happened, and the details below each other. */
export type Printer = {
  title(text: string): void;
  /** A fact without a time. */
  fact(label: string, text: string): void;
  /** Something that happened just now. */
  step(label: string, ...lines: string[]): void;
  /** Adds to one line until anything else is printed. */
  progress(text: string): void;
  live(result: LiveResult): void;
  /** The last word. */
  success(text: string): void;
};

const LABEL_WIDTH = 10;
const TIME_WIDTH = '00:00:00.000'.length;

export function createPrinter(): Printer {
  let isLineOpen = false;
  function line(text: string): void {
    process.stdout.write(`${isLineOpen ? '\n' : ''}${text}\n`);
    isLineOpen = false;
  }
  function step(label: string, ...[first = '', ...rest]: string[]): void {
    line(`${timed(label)}${first}`);
    for (const text of rest) line(`${' '.repeat(TIME_WIDTH + LABEL_WIDTH + 4)}${text}`);
  }
  return {
    title: (text) => line(`${styleText('bold', text)}\n`),
    fact: (label, text) => line(`  ${paint(label)}${text}`),
    step,
    progress(text) {
      process.stdout.write(isLineOpen ? text : `${timed('waiting')}${text}`);
      isLineOpen = true;
    },
    live({ postback, attempt }) {
      const answer = attempt.statusCode ?? attempt.errorKind ?? 'no answer';
      step('live', `${postback.status} (${answer})`, attempt.finalUrl);
    },
    success: (text) => line(`\n${styleText('green', text)}`),
  };
}

function timed(label: string): string {
  return `${styleText('dim', clockTime(new Date()))}  ${paint(label)}`;
}

function paint(label: string): string {
  return `${styleText('cyan', label.padEnd(LABEL_WIDTH))}  `;
}

function clockTime(now: Date): string {
  return now.toTimeString().slice(0, 8) + now.toISOString().slice(19, 23);
}
