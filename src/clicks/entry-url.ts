import { parseRawQuery, percentEncode } from './raw-query.ts';

/** A parameter an affiliate put on an entry URL; name and value as the visitor's browser sent them. */
export type EntryParameter = { name: string; value: string };

/**
 * What an entry URL says.
 * - `affid`, `campaign`: the public codes, null when missing or no valid code (then `issues` says so);
 * - `parameters`: every other parameter that is kept, in order, each name once;
 * - `warnings`: what was left out and why; stored with the click;
 * - `issues`: why no click can be recorded; empty when one can.
 */
export type EntryUrl = {
  affid: string | null;
  campaign: string | null;
  parameters: EntryParameter[];
  warnings: string[];
  issues: string[];
};

/** A reason to refuse one parameter of a tracking link; `path` starts at `parameters`. */
export type LinkParameterIssue = { path: string[]; message: string };

const MAX_PARAMETERS = 50;
const MAX_NAME_CHARACTERS = 64;
const MAX_VALUE_CHARACTERS = 1024;
// A hostile URL could otherwise make the warnings longer than itself.
const MAX_WARNINGS = 50;

const CODE = /^[A-Za-z0-9._-]{1,64}$/;
const NAME = /^[A-Za-z0-9_.-]+$/;
const SYSTEM_NAMES = ['affid', 'campaign'];

/**
 * Reads an entry URL: absolute (http or https, any path, because operators put their own tracking
 * domains in front) or from `/click` on.
 *
 * `affid` and `campaign` are taken out by exactly these names; aliases and other letter cases of them
 * are ordinary parameters, so that a link means the same wherever it is read. Everything else is kept
 * with name and value unchanged, except that a live click never fails for what an affiliate appended:
 * `clickid` in any letter case (reserved, it is our own id), repeats (the first value wins), names
 * outside `[A-Za-z0-9_.-]{1,64}`, values over 1,024 characters or not storable as text, and what comes
 * after the 50th parameter are left out whole and named in `warnings`. Never throws.
 */
export function readEntryUrl(entryUrl: string): EntryUrl {
  const shapeIssue = findShapeIssue(entryUrl);
  if (shapeIssue !== null) {
    return { affid: null, campaign: null, parameters: [], warnings: [], issues: [shapeIssue] };
  }

  const hash = entryUrl.indexOf('#');
  const sent = hash < 0 ? entryUrl : entryUrl.slice(0, hash);
  const question = sent.indexOf('?');
  const given = question < 0 ? [] : parseRawQuery(sent.slice(question + 1));

  const seen = new Set<string>();
  const parameters: EntryParameter[] = [];
  const warnings: string[] = [];
  let overflow = 0;
  for (const [index, parameter] of given.entries()) {
    const problem = findLiveProblem(parameter, index, seen);
    seen.add(parameter.name);
    if (problem !== null) warnings.push(problem);
    else if (SYSTEM_NAMES.includes(parameter.name)) continue;
    else if (parameters.length < MAX_PARAMETERS) parameters.push(parameter);
    else overflow += 1;
  }
  if (overflow > 0) {
    warnings.push(
      `${overflow} parameter(s) left out: a click keeps ${MAX_PARAMETERS} parameters at most`,
    );
  }
  if (hash >= 0) warnings.push('the text after # left out: browsers do not send it');

  const affid = readCode('affid', given);
  const campaign = readCode('campaign', given);
  return {
    affid: affid.code,
    campaign: campaign.code,
    parameters,
    warnings: capWarnings(warnings),
    issues: [...affid.issues, ...campaign.issues],
  };
}

/**
 * Checks the parameters an affiliate declares for a tracking link. Stricter than a live click, as
 * nobody is waiting for a redirect: `clickid` and the system names `affid` and `campaign` are refused
 * in any letter case, so are duplicates and everything beyond the limits. Empty when all is well.
 */
export function checkLinkParameters(parameters: readonly EntryParameter[]): LinkParameterIssue[] {
  const issues: LinkParameterIssue[] = [];
  if (parameters.length > MAX_PARAMETERS) {
    const message = `${parameters.length} parameters given, ${MAX_PARAMETERS} at most are allowed`;
    issues.push({ path: ['parameters'], message });
  }
  const seen = new Set<string>();
  for (const [index, { name, value }] of parameters.entries()) {
    const nameProblem = findLinkNameProblem(name, seen);
    const valueProblem = findValueProblem(value);
    seen.add(name);
    const path = ['parameters', String(index)];
    if (nameProblem !== null) issues.push({ path: [...path, 'name'], message: nameProblem });
    if (valueProblem !== null) {
      issues.push({ path: [...path, 'value'], message: `the value ${valueProblem}` });
    }
  }
  return issues;
}

/**
 * Builds the entry URL an affiliate pastes into an advertisement, for example
 * `https://track.example/click?affid=101&campaign=2001&affclickid=abc`. `publicUrl` is the base of the
 * service, with or without a slash at its end.
 *
 * Values are percent-encoded, but a value that is as a whole a macro of a traffic source (`{gclid}`,
 * `{{ad.id}}`, `${SUB}`, `[SUB]`, `%%SUB%%`) stays as typed: the source would not recognise the
 * encoded form. Such text reads back unchanged even if the source does not fill it.
 */
export function buildEntryUrl(
  publicUrl: string,
  affid: string,
  campaign: string,
  parameters: readonly EntryParameter[],
): string {
  const pairs = [
    { name: 'affid', value: affid },
    { name: 'campaign', value: campaign },
    ...parameters,
  ].map(({ name, value }) => {
    return `${percentEncode(name)}=${isSourceMacro(value) ? value : percentEncode(value)}`;
  });
  return `${publicUrl.replace(/\/+$/, '')}/click?${pairs.join('&')}`;
}

function findShapeIssue(entryUrl: string): string | null {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
  const control = entryUrl.search(/[\u0000-\u001f\u007f]/);
  if (control >= 0) return `the entry URL holds a control character at position ${control + 1}`;
  if (!entryUrl.isWellFormed()) return 'the entry URL is not well-formed Unicode text';
  const isAbsolute = /^https?:\/\/[^/?#\\]/i.test(entryUrl);
  if (isAbsolute || /^\/click(?:[?#]|$)/.test(entryUrl)) return null;
  return 'the entry URL must be absolute (https://...) or start with "/click?"';
}

function findLiveProblem(
  { name, value }: EntryParameter,
  index: number,
  seen: ReadonlySet<string>,
): string | null {
  // A bad name is told by its place: it may be any text of any length.
  const place = `parameter ${index + 1} left out: its name`;
  if (name.toLowerCase() === 'clickid') return `${name} left out: clickid is reserved`;
  const length = countCharacters(name);
  if (length > MAX_NAME_CHARACTERS) {
    return `${place} has ${length} characters, ${MAX_NAME_CHARACTERS} at most are allowed`;
  }
  if (!NAME.test(name)) return `${place} holds characters outside A-Z a-z 0-9 _ . -`;
  if (seen.has(name)) return `${name} given again: the first value counts`;
  if (SYSTEM_NAMES.includes(name)) return null;
  const valueProblem = findValueProblem(value);
  return valueProblem === null ? null : `${name} left out: its value ${valueProblem}`;
}

function findLinkNameProblem(name: string, seen: ReadonlySet<string>): string | null {
  const lower = name.toLowerCase();
  if (lower === 'clickid') {
    return `"${name}" is reserved for our click id; use affclickid, trackid or another name`;
  }
  if (SYSTEM_NAMES.includes(lower)) return `"${name}" is set by the link itself`;
  const length = countCharacters(name);
  if (length > MAX_NAME_CHARACTERS) {
    return `the name has ${length} characters, ${MAX_NAME_CHARACTERS} at most are allowed`;
  }
  if (!NAME.test(name)) return 'the name must be made of A-Z a-z 0-9 _ . - only';
  return seen.has(name) ? `"${name}" is declared twice` : null;
}

function findValueProblem(value: string): string | null {
  const length = countCharacters(value);
  if (length > MAX_VALUE_CHARACTERS) {
    return `has ${length} characters, ${MAX_VALUE_CHARACTERS} at most are allowed`;
  }
  // PostgreSQL text holds neither, and the click must not fail because of them.
  if (value.includes('\u0000')) return 'holds a NUL character, which cannot be stored';
  return value.isWellFormed() ? null : 'is not well-formed Unicode text';
}

function readCode(
  name: string,
  given: readonly EntryParameter[],
): { code: string | null; issues: string[] } {
  const value = given.find((parameter) => parameter.name === name)?.value;
  if (value === undefined || value === '') {
    return { code: null, issues: [`${name} is missing, as in /click?affid=101&campaign=2001`] };
  }
  if (CODE.test(value)) return { code: value, issues: [] };
  return { code: null, issues: [`${name} must be 1 to 64 characters of A-Z a-z 0-9 . _ -`] };
}

function capWarnings(warnings: string[]): string[] {
  if (warnings.length <= MAX_WARNINGS) return warnings;
  const kept = warnings.slice(0, MAX_WARNINGS - 1);
  return [...kept, `${warnings.length - kept.length} further warnings`];
}

/** Unicode characters, not UTF-16 units: what the affiliate counts and what PostgreSQL counts. */
function countCharacters(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

function isSourceMacro(value: string): boolean {
  const name = '[A-Za-z_][A-Za-z0-9_.:-]*';
  return new RegExp(
    `^(?:\\{${name}\\}|\\{\\{${name}\\}\\}|\\$\\{${name}\\}|\\[${name}\\]|%%${name}%%)$`,
  ).test(value);
}
