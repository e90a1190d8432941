/** Silence event → plain sentences in the reader's language. The words say what the state says, and not more. */
import { message, type Language } from '../i18n/index.ts';
import type { JournalCounts, SilenceEvent } from '../model/index.ts';
import { bracketWords, timeWords } from './event-times.ts';
import { falseAlarms, groupWords, listWords, phrasesOf } from './group-words.ts';

/** Fewer volunteers than this are not counted aloud: one of them could be asked who he is. */
const FEWEST_NAMED = 3;

/** Groups named in one sentence, and characters of a calendar's own words. */
const MAX_PARTS = 5;
const MAX_TEXT = 200;

const KINDS = ['cut', 'foreignCut', 'collectorBlocked', 'local', 'fine'] as const satisfies readonly Exclude<
  keyof JournalCounts,
  'members'
>[];

function headline(event: SilenceEvent, language: Language): string {
  const group = groupWords(event.group, language);
  const when = bracketWords(event.onset, language) ?? timeWords(event.openedAt, language);
  if (event.partOf !== undefined)
    return message(language, 'silence.part_of', {
      group,
      when,
      whole: groupWords(event.partOf.group, language),
    });
  if (event.state === 'withdrawn') return message(language, 'silence.withdrawn', { group, when });
  return event.endedAt === null
    ? message(language, `silence.${event.state}.open`, { group, when })
    : message(language, `silence.${event.state}.ended`, {
        group,
        when,
        again: timeWords(event.endedAt, language),
      });
}

function journalWords(journals: JournalCounts, language: Language): readonly string[] {
  const { members } = journals;
  if (members < FEWEST_NAMED) return [message(language, 'silence.journals.none')];
  const of = String(members);
  return [
    message(language, 'silence.journals.some', { count: of }),
    ...KINDS.filter((kind) => journals[kind] >= FEWEST_NAMED).map((kind) =>
      message(language, `silence.journals.${kind}`, { count: String(journals[kind]), of }),
    ),
  ];
}

/**
 * The first sentence is the headline. Then how many of how many, how far it reaches, what volunteers recorded, what others
 * show, what else it could be, and how often such an event is said by mistake.
 */
export function explainSilence(event: SilenceEvent, language: Language): readonly string[] {
  const say = (id: Parameters<typeof message>[1], values: Readonly<Record<string, string>> = {}): string =>
    message(language, id, values);
  const { rare, count } = falseAlarms(event.expectedFalse);
  const notes = event.annotations.flatMap(({ id, text }) => {
    const words = phrasesOf([id], 'annotation', 'annotation.without_words', language);
    return words.map((each) => (text === null ? each : `${each} (${text.slice(0, MAX_TEXT)})`));
  });
  const first = [
    headline(event, language),
    say('silence.counts', { overdue: String(event.overdue), active: String(event.active) }),
    say('silence.noticed', { until: timeWords(event.openedAt, language) }),
  ];
  // How far it reaches, and what it was, is said by the wider one.
  if (event.partOf !== undefined) return first;
  return [
    ...first,
    say(`silence.extent.${event.extent}`),
    ...(event.parts.length === 0
      ? []
      : [
          say('silence.parts', {
            text: event.parts
              .slice(0, MAX_PARTS)
              .map((part) => groupWords(part, language))
              .join('; '),
          }),
        ]),
    ...journalWords(event.journals, language),
    ...(event.outside.length === 0
      ? []
      : [say('silence.outside', { names: listWords(event.outside, language) })]),
    ...phrasesOf(event.alternatives, 'alternative', 'alternative.without_words', language).map((text) =>
      say('event.alternative', { text }),
    ),
    ...notes.map((text) => say('silence.annotation', { text })),
    say(rare ? 'silence.expected_false' : 'silence.expected_false_often', { count }),
  ];
}
