/** Verdict → one sentence in the reader's language: what was seen and what excludes the innocent explanation. */
import { isMessageId, message, type Language, type MessageId } from '../i18n/index.ts';
import type { Verdict } from '../model/index.ts';

const SYMPTOMS: Readonly<Record<string, MessageId>> = {
  timeout: 'symptom.timeout',
  reset: 'symptom.reset',
  close: 'symptom.close',
  alert: 'symptom.alert',
};

function symptomOf(verdict: Verdict): MessageId {
  const ending = Object.keys(SYMPTOMS).find((word) => verdict.method?.endsWith(word) === true);
  return ending === undefined ? 'symptom.other' : SYMPTOMS[ending]!;
}

/** The rule that decided stands first: judge() sorts them by rank. */
function messageFor(verdict: Verdict): MessageId {
  const winner = verdict.rules.find((r) => r.outcome === verdict.outcome && r.evidence === verdict.evidence);
  const id = `rule.${winner?.id ?? 'none'}`;
  return isMessageId(id) ? id : 'rule.none';
}

export function explain(verdict: Verdict, language: Language): string {
  return message(language, messageFor(verdict), {
    host: verdict.scope.affected,
    symptom: message(language, symptomOf(verdict)),
    method: verdict.method ?? '',
    cause: verdict.cause ?? '',
    authority: verdict.authority ?? '',
  });
}
