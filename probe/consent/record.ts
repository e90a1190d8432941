/** What is remembered of a consent: the text's version and the day, nothing about the person. Pure. */
export interface ConsentRecord {
  readonly version: number;
  /** UTC day, `YYYY-MM-DD`: the moment would only help somebody who looks for it. */
  readonly date: string;
  readonly language: string;
  /** Typed in answer to the question, or given by a flag on the command line. */
  readonly how: 'answer' | 'flag';
}

/** `now`: ms since 1970. */
export function makeConsentRecord(
  input: Pick<ConsentRecord, 'version' | 'language' | 'how'> & { readonly now: number },
): ConsentRecord {
  const { version, language, how, now } = input;
  return { version, date: new Date(now).toISOString().slice(0, 10), language, how };
}

/** Null for anything that is no record: then there is no consent. */
export function parseConsentRecord(text: string): ConsentRecord | null {
  try {
    const { version, date, language, how } = JSON.parse(text) as Readonly<Record<string, unknown>>;
    if (typeof version !== 'number' || !Number.isInteger(version)) return null;
    if (typeof date !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(date) || typeof language !== 'string')
      return null;
    return how === 'answer' || how === 'flag' ? { version, date, language, how } : null;
  } catch {
    return null;
  }
}

/** Whether to ask: never asked, or agreed to another text than this one. */
export function needsConsent(record: ConsentRecord | null, version: number): boolean {
  return record === null || record.version !== version;
}
