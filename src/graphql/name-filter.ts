import { literally } from '../platform/literally.ts';

/** Rows whose name holds a text, in any letter case; all of them without one. */
export function named(part: string | null | undefined) {
  return part ? { name: { contains: literally(part), mode: 'insensitive' as const } } : {};
}
