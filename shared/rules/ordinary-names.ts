/** The state's ordinary PKI: its names are no sign of interception, whoever else may have used them. */
import { asObject, asString, mapDefined, type Json } from '../schema/read.ts';

export interface OrdinaryName {
  /** Attributes that go with it. */
  readonly name: Readonly<Record<string, string>>;
  readonly cnPrefix: string;
}

type Attributes = readonly { readonly type: string; readonly value: string }[];

/** Attributes of a name as a list file writes them; what is no text is left out. */
export function readName(value: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(asObject(value) ?? {}).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  );
}

function readOrdinary(o: Json): OrdinaryName | null {
  const cnPrefix = asString(o['cn_prefix']) ?? '';
  // An empty prefix would be everybody's.
  return cnPrefix === '' ? null : { name: readName(o['name']), cnPrefix };
}

/** From files in the form of interception.json, parsed. */
export function readOrdinaryNames(files: readonly (Json | null)[]): readonly OrdinaryName[] {
  return files.flatMap((file) => mapDefined(file?.['not_interception'], readOrdinary));
}

export function isOrdinary(attributes: Attributes, ordinary: readonly OrdinaryName[]): boolean {
  const has = (type: string, fits: (value: string) => boolean): boolean =>
    attributes.some((a) => a.type === type && fits(a.value));
  return ordinary.some(
    ({ name, cnPrefix }) =>
      has('CN', (value) => value.startsWith(cnPrefix)) &&
      Object.entries(name).every(([type, wanted]) => has(type, (value) => value === wanted)),
  );
}

export const attributesOf = (name: Readonly<Record<string, string>>): Attributes =>
  Object.entries(name).map(([type, value]) => ({ type, value }));
