/** The alerts' part of the archive. */
import type { Database } from 'better-sqlite3';
import type { Alert, AlertFilter, AlertKind, AlertStore, NewAlert } from '../alerts.ts';
import type { Statements } from './statements.ts';

/** Every name is bound, what is not asked for as null. */
const bound = (filter: AlertFilter): Readonly<Record<keyof AlertFilter, string | null>> => ({
  kind: filter.kind ?? null,
  state: filter.state ?? null,
  since: filter.since ?? null,
  until: filter.until ?? null,
  asOf: filter.asOf ?? null,
});

export function createAlertStore(db: Database, sql: Statements): AlertStore {
  const latest = (kind: AlertKind, subject: string): Alert | null =>
    (sql.get('latestAlert').get({ kind, subject }) as Alert | undefined) ?? null;
  const insert = db.transaction((alert: NewAlert): Alert => {
    const before = latest(alert.kind, alert.subject);
    const opens = alert.state === 'opened' || before === null ? null : (before.opens ?? before.id);
    const { lastInsertRowid } = sql.get('insertAlert').run({ ...alert, opens });
    return { ...alert, opens, id: Number(lastInsertRowid) };
  });
  return {
    appendAlert: (alert) => insert.immediate(alert),
    latestAlert: latest,
    alerts: (filter, page) => sql.get('alerts').all({ ...bound(filter), ...page }) as Alert[],
    alertCount: (filter) => (sql.get('alertCount').get(bound(filter)) as { count: number }).count,
    alertsSince: (id, limit) => sql.get('alertsSince').all({ id, limit }) as Alert[],
    alert: (id) => (sql.get('alert').get({ id }) as Alert | undefined) ?? null,
    alertBefore: ({ kind, subject, id }) =>
      (sql.get('alertBefore').get({ kind, subject, id }) as Alert | undefined) ?? null,
    lastAlert: () => (sql.get('lastAlert').get() as { id: number }).id,
    latestAboutDomain: (domain, limit, asOf) =>
      sql.get('latestAboutDomain').all({ domain, limit, asOf: asOf ?? null }) as Alert[],
    standingDomains: () =>
      (sql.get('standingDomains').all() as { domain: string }[]).map((row) => row.domain),
    openSubjects: (kind) =>
      (sql.get('openSubjects').all({ kind }) as { subject: string }[]).map((row) => row.subject),
  };
}
