/** Networks and groups of members as a neighbour would call them; phrases without an ending, for brackets and lists. */
import { isMessageId, message, type Language, type MessageId } from '../i18n/index.ts';
import type { CellNetwork, MemberGroup } from '../model/index.ts';

/** Things named in one sentence; pages list them all. */
export const MAX_NAMED = 5;
/** Characters of a name that comes from a list of ours or from outside. */
const MAX_NAME = 80;

/** The words for it, where there are any; the code itself names places that no catalogue has. */
function named(language: Language, prefix: string, code: string): string {
  const id = `${prefix}.${code}`;
  return isMessageId(id) ? message(language, id) : code.slice(0, MAX_NAME);
}

/** At most MAX_NAMED of them, and how many there are in all. */
export function listWords(names: readonly string[], language: Language): string {
  const shown = names.slice(0, MAX_NAMED).map((name) => name.slice(0, MAX_NAME));
  return names.length <= MAX_NAMED
    ? shown.join(', ')
    : [...shown, message(language, 'group.and_more', { count: String(names.length) })].join(', ');
}

/** `AS9198 (mobile lines)` */
export const networkWords = (network: CellNetwork, language: Language): string =>
  `AS${network.asn} (${message(language, `access.${network.access}`)})`;

/** `AS9198, mobile lines, the city of Almaty, Kazakhstan`: from the narrow to the wide; what is not looked at is left out. */
export function groupWords(group: MemberGroup, language: Language): string {
  const { cc, owner, asn, access, region } = group;
  const parts = [
    ...(asn === null ? [] : [`AS${asn}`]),
    ...(owner === null ? [] : [owner.slice(0, MAX_NAME)]),
    ...(access === null ? [] : [message(language, `access.${access}`)]),
    ...(region === null ? [] : [named(language, 'region', region)]),
    named(language, 'country', cc),
  ];
  return parts.join(', ');
}

/** Message ids, with the prefix or without → phrases; of those without words it is said once that there are such. */
export function phrasesOf(
  ids: readonly string[],
  prefix: string,
  otherwise: MessageId,
  language: Language,
): readonly string[] {
  const texts = ids.map((id) => {
    const key = id.startsWith(`${prefix}.`) ? id : `${prefix}.${id}`;
    return message(language, isMessageId(key) ? key : otherwise);
  });
  return [...new Set(texts)];
}

/** False alarms in a year → how rarely or how often, as whole numbers. */
export function falseAlarms(aYear: number): { readonly rare: boolean; readonly count: string } {
  const MOST_YEARS = 1000;
  if (!(aYear > 1 / MOST_YEARS)) return { rare: true, count: `> ${MOST_YEARS}` };
  return aYear < 1
    ? { rare: true, count: String(Math.round(1 / aYear)) }
    : { rare: false, count: String(Math.ceil(Math.min(aYear, MOST_YEARS))) };
}
