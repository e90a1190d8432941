/** Names of authorities as a list file writes them: attributes by their type, in no order. */
import { asObject } from '../schema/read.ts';

export type ListedName = Readonly<Record<string, string>>;
/** As a certificate has them. */
export type Attributes = readonly { readonly type: string; readonly value: string }[];

/** From parsed JSON; what is no text is left out. */
export function readName(value: unknown): ListedName {
  return Object.fromEntries(
    Object.entries(asObject(value) ?? {}).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  );
}

export const attributesOf = (name: ListedName): Attributes =>
  Object.entries(name).map(([type, value]) => ({ type, value }));

/** It has all attributes of the listed name, and perhaps others: an empty name is everybody's. */
export const bearsName = (attributes: Attributes, name: ListedName): boolean =>
  Object.entries(name).every(([type, value]) => attributes.some((a) => a.type === type && a.value === value));
