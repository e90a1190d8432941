/** The state's ordinary PKI: its names are no sign of interception, whoever else may have used them. */
import { asString, mapDefined, type Json } from '../schema/read.ts';
import { bearsName, readName, type Attributes, type ListedName } from './listed-names.ts';

export interface OrdinaryName {
  /** Attributes that go with it. */
  readonly name: ListedName;
  readonly cnPrefix: string;
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

/** One name may be spelled in several ways (RFC 5280 section 7.1): by letters, whatever their case, and single spaces. */
const letters = (text: string): string => text.normalize('NFKC').trim().replace(/\s+/g, ' ').toLowerCase();

export function isOrdinary(attributes: Attributes, ordinary: readonly OrdinaryName[]): boolean {
  const read = attributes.map(({ type, value }) => ({ type, value: letters(value) }));
  return ordinary.some(({ name, cnPrefix }) => {
    const wanted = Object.fromEntries(Object.entries(name).map(([type, value]) => [type, letters(value)]));
    return (
      read.some(({ type, value }) => type === 'CN' && value.startsWith(letters(cnPrefix))) &&
      bearsName(read, wanted)
    );
  });
}
