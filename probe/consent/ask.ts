/** The question itself; whoever calls brings the terminal. */
import { RISK_TEXTS } from './risk-text.ts';
import type { Language, RiskText } from './risk-text.ts';

/** Unclear answers before it counts as no. */
export const MAX_QUESTIONS = 3;

type Texts = Readonly<Record<Language, RiskText>>;

export interface Dialogue {
  say(text: string): void;
  /** One line typed by the user; null when there is nobody to ask or the input ended. */
  ask(question: string): Promise<string | null>;
}

/** The whole text as it is shown, draft note included. */
export function riskTextLines(language: Language, texts: Texts = RISK_TEXTS): string[] {
  const text = texts[language];
  return [text.title, ...(text.draft ? [text.draftNote] : []), ...text.paragraphs];
}

function meaningOf(answer: string, text: RiskText): boolean | null {
  const word = answer.trim().toLowerCase().replace(/[.!]$/, '');
  if ([...text.yes, ...RISK_TEXTS.en.yes].includes(word)) return true;
  return [...text.no, ...RISK_TEXTS.en.no].includes(word) ? false : null;
}

/** Shows the text and asks. True only for a clear yes: silence, an empty line or anything else is no consent. */
export async function askForConsent(
  language: Language,
  dialogue: Dialogue,
  texts: Texts = RISK_TEXTS,
): Promise<boolean> {
  const text = texts[language];
  dialogue.say(riskTextLines(language, texts).join('\n\n'));
  for (let n = 0; n < MAX_QUESTIONS; n++) {
    const answer = await dialogue.ask(n === 0 ? text.question : text.askAgain);
    if (answer === null) break;
    const meaning = meaningOf(answer, text);
    if (meaning === true) return true;
    if (meaning === false) break;
  }
  dialogue.say(text.declined);
  return false;
}
