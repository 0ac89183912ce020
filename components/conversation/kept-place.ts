import { z } from 'zod';

const placeSchema = z.object({ key: z.string(), below: z.number(), unfolded: z.array(z.string()) });

/** Where somebody was reading: the row at the top, how far below its beginning, and which earlier runs were unfolded. */
export type KeptPlace = z.infer<typeof placeSchema>;

const nameOf = (runId: string) => `anyon conversation ${runId}`;

/** The place at which this tab was, before it was loaded again; null when it followed the end. */
export function readPlace(runId: string): KeptPlace | null {
  try {
    const place = placeSchema.safeParse(JSON.parse(sessionStorage.getItem(nameOf(runId)) ?? 'null'));
    return place.success ? place.data : null;
  } catch {
    return null; // storage may be forbidden
  }
}

/** Remembers the place for a reload of this tab; null: the end is followed. */
export function keepPlace(runId: string, place: KeptPlace | null): void {
  try {
    if (place) sessionStorage.setItem(nameOf(runId), JSON.stringify(place));
    else sessionStorage.removeItem(nameOf(runId));
  } catch {
    return; // storage may be forbidden or full: then a reload begins at the end
  }
}
