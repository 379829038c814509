/** `18:04:07.123`, in the time zone of whoever looks. */
export function clockTime(at: number): string {
  const time = new Date(at);
  const two = (value: number) => String(value).padStart(2, '0');
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(':');
  return `${clock}.${String(time.getMilliseconds()).padStart(3, '0')}`;
}

/** `2026-11-27 18:04:07.123`, in the time zone of whoever looks. */
export function localTime(instant: string): string {
  const time = new Date(instant);
  const two = (value: number) => String(value).padStart(2, '0');
  const day = [time.getFullYear(), two(time.getMonth() + 1), two(time.getDate())].join('-');
  return `${day} ${clockTime(time.getTime())}`;
}

/** The instant in full, for a title. */
export function fullTime(at: number): string {
  return new Date(at).toISOString();
}

/** `38 ms`, `4.21 s`, `3 min`, `2.5 h`; a dash for none. */
export function duration(ms: number | null): string {
  if (ms === null) return '–';
  if (Math.abs(ms) < 1_000) return `${Math.round(ms)} ms`;
  if (Math.abs(ms) < 60_000) return `${(ms / 1_000).toFixed(2)} s`;
  if (Math.abs(ms) < 3_600_000) return `${Math.round(ms / 60_000)} min`;
  return `${(ms / 3_600_000).toFixed(1)} h`;
}

/** The end of an id, enough to tell apart what stands side by side. */
export function shortId(id: string): string {
  return id.replace(/=+$/, '').slice(-6);
}

/** `1 row`, `2 rows`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString('en')} ${number === 1 ? one : many}`;
}
