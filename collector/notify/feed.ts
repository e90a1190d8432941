import type { Language } from '../../shared/i18n/index.ts';
import { publishedAlert } from '../published-alert.ts';
import type { AlertReader } from '../store/alerts.ts';
import { atomFeed } from './atom.ts';

/** A reader that looks once a day misses none of an ordinary day's. */
const FEED_ENTRIES = 100;

/** The newest alerts as an Atom feed; the tag changes with its last alert, and nothing else in it ever does. */
export function alertFeed(
  archive: AlertReader,
  publicUrl: string,
  language: Language,
): { readonly xml: string; readonly etag: string } {
  const rows = archive.alerts({}, { offset: 0, limit: FEED_ENTRIES });
  return {
    xml: atomFeed({ alerts: rows.map(publishedAlert), language, publicUrl }),
    etag: `"${rows[0]?.id ?? 0}-${language}"`,
  };
}
