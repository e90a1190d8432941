/** Blocking event → plain sentences in the reader's language. Numbers are exact, what follows from them is hedged. */
import { shownDomain } from '../codec/punycode.ts';
import { message, type Language } from '../i18n/index.ts';
import type { BlockingEvent, Episode, MethodCount } from '../model/index.ts';
import { bracketWords, timeWords } from './event-times.ts';
import { falseAlarms, listWords, MAX_NAMED, networkWords, phrasesOf } from './group-words.ts';

const MONTHS = 12;

/** Each network once, with its newest episode; those in which it goes on come first. */
function newestEpisodes(event: BlockingEvent): readonly Episode[] {
  const newest = new Map<string, Episode>();
  for (const episode of [...event.episodes].sort((a, b) => a.openedAt - b.openedAt))
    newest.set(`${episode.network.asn} ${episode.network.access}`, episode);
  const isOver = (episode: Episode): number => (episode.restored === null ? 0 : 1);
  return [...newest.values()].sort(
    (a, b) => isOver(a) - isOver(b) || b.blocked - a.blocked || a.network.asn - b.network.asn,
  );
}

const methodWords = (methods: readonly MethodCount[], language: Language): readonly string[] =>
  methods.map(({ method }) => message(language, `method.${method}`));

/** What most volunteers' measurements look like; null: nobody's has a method. */
function mainMethod(event: BlockingEvent, language: Language): string | null {
  const [first, second] = [...event.methods].sort((a, b) => b.pseudonyms - a.pseudonyms);
  if (first === undefined) return null;
  return second?.pseudonyms === first.pseudonyms
    ? message(language, 'method.several')
    : message(language, `method.${first.method}`);
}

function headline(event: BlockingEvent, episodes: readonly Episode[], language: Language): string {
  const here = event.state === 'open' ? episodes.filter((e) => e.restored === null) : episodes;
  const networks = (here.length === 0 ? episodes : here).map((e) => networkWords(e.network, language));
  const opened = Math.min(...event.episodes.map((e) => e.openedAt));
  // No look before or after is kept: what stays is that it was so when it was said.
  const when = bracketWords(event.onset, language) ?? timeWords(opened, language);
  const again =
    event.restored === null
      ? null
      : (bracketWords(event.restored, language) ?? message(language, 'time.unknown'));
  return message(language, `blocking.${event.state}.${event.basis}`, {
    domain: shownDomain(event.domain),
    networks: listWords(networks, language),
    when,
    again: again ?? message(language, 'time.unknown'),
    method: mainMethod(event, language) ?? message(language, 'method.unknown'),
  });
}

/**
 * The first sentence is the headline: what, where, since when, as far as is known. Then what it rests on, how many volunteers
 * of how many, what else it could be, and how often such an event is said by mistake.
 */
export function explainBlocking(event: BlockingEvent, language: Language): readonly string[] {
  const episodes = newestEpisodes(event);
  const say = (id: Parameters<typeof message>[1], values: Readonly<Record<string, string>> = {}): string =>
    message(language, id, values);
  const { rare, count } = falseAlarms(event.expectedFalse * MONTHS);
  const methods = methodWords(event.methods, language);
  return [
    headline(event, episodes, language),
    say(`blocking.basis.${event.basis}`),
    ...(methods.length === 0 ? [] : [say('blocking.methods', { text: methods.join('; ') })]),
    ...episodes.slice(0, MAX_NAMED).map((episode) =>
      say('blocking.voters', {
        networks: networkWords(episode.network, language),
        blocked: String(episode.blocked),
        voters: String(episode.voters),
      }),
    ),
    ...(event.owners.length === 0
      ? []
      : [say('blocking.owners', { owners: listWords(event.owners, language) })]),
    ...(event.simultaneous ? [say('blocking.simultaneous')] : []),
    ...(event.episodes.some((e) => e.recurrent) ? [say('blocking.recurrent')] : []),
    ...phrasesOf(event.alternatives, 'alternative', 'alternative.without_words', language).map((text) =>
      say('event.alternative', { text }),
    ),
    say(rare ? 'blocking.expected_false' : 'blocking.expected_false_often', { count }),
  ];
}
