/** Event → plain sentences in the reader's language. Numbers are exact, what follows from them is hedged. */
import { isMessageId, message, type Language } from '../i18n/index.ts';
import type { InterceptionEvent } from '../model/index.ts';

/** Names in one sentence; the page lists them all. */
const MAX_NAMES_IN_SENTENCE = 5;

/** How the authority is called in a sentence. */
export function authorityName(event: InterceptionEvent, language: Language): string {
  const { authority, name, spki } = event;
  if (authority !== 'unknown') return authority;
  return name ?? message(language, 'event.authority_without_name', { key: spki?.slice(0, 16) ?? '' });
}

const IMITATES = 'imitates:';

/** One sentence per fact: what is thought and why, where, whom it met, what else it could be. */
export function explainEvent(event: InterceptionEvent, language: Language): readonly string[] {
  const authority = authorityName(event, language);
  const values = {
    authority,
    known: event.authority.startsWith(IMITATES) ? event.authority.slice(IMITATES.length) : '',
    pseudonyms: String(event.pseudonyms),
    first: String(event.firstMet),
    networks: String(event.networks.length),
    owners: String(event.owners.length),
    names: event.names.slice(0, MAX_NAMES_IN_SENTENCE).join(', '),
    count: String(event.nameCount),
  };
  const say = (id: Parameters<typeof message>[1]): string => message(language, id, values);
  return [
    say(`event.reason.${event.reason}`),
    ...(event.authority.startsWith(IMITATES) ? [say('event.imitates')] : []),
    ...(event.keptBack ? [say('event.kept_back')] : [say('event.where')]),
    ...(event.names.length > 0 && !event.keptBack ? [say('event.names')] : []),
    ...(event.forgedAtReflector ? [say('event.at_reflector')] : []),
    ...eventAlternatives(event, language).map((text) => message(language, 'event.alternative', { text })),
  ];
}

/** What else it could be, one phrase each. */
export function eventAlternatives(
  event: Pick<InterceptionEvent, 'alternatives'>,
  language: Language,
): readonly string[] {
  return event.alternatives.map((id) => {
    const key = `alternative.${id}`;
    return isMessageId(key) ? message(language, key) : id;
  });
}
