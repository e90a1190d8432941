/** One row of a test list. Columns are Citizen Lab's; `source` and `date_added` are never empty in our own lists. */
export interface Target {
  readonly url: string;
  readonly categoryCode: string;
  readonly source: string;
  readonly dateAdded: string;
  readonly notes: string;
}

/**
 * Categories that a volunteer must opt in to and whose names are never sent to a reflector.
 * Source: product principle 1; Citizen Lab category codes.
 */
export const RISKY_CATEGORIES: ReadonlySet<string> = new Set(['MILX', 'HATE', 'PORN', 'GMB']);
