type WithoutNulls<Values> = { [Name in keyof Values]: Exclude<Values[Name], null> };

/** The same values, without those that were left out or null. */
export function withoutNulls<Values extends object>(values: Values): WithoutNulls<Values> {
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(given) as WithoutNulls<Values>;
}
