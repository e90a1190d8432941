/** What else a blocking event could be, as message ids of shared/i18n. Pure. */
import type { Episode, Method } from '../../../shared/model/index.ts';

const begins = (methods: ReadonlySet<Method>, prefix: string): boolean =>
  [...methods].some((method) => method.startsWith(prefix));

/** Few enough that they may know each other. */
const FEW = 3;

export function alternativesOf(
  episodes: readonly Episode[],
  basis: Episode['basis'],
  owners: number,
): readonly string[] {
  const methods = new Set(episodes.flatMap((e) => e.methods.map((m) => m.method)));
  const found = ['alternative.origin_filters_country'];
  if (basis === 'suspected')
    found.push('alternative.site_moved_recently', 'alternative.blocking.site_unreliable');
  if (begins(methods, 'tls.') || begins(methods, 'http.'))
    found.push('alternative.origin_filters_name_for_country');
  if (begins(methods, 'tcp.')) found.push('alternative.address_shared_with_other_sites');
  if (begins(methods, 'dns.')) found.push('alternative.blocking.resolver_of_network');
  if (begins(methods, 'throughput.')) found.push('alternative.slow_line');
  if (owners <= 1) found.push('alternative.blocking.fault_in_one_network');
  if (Math.max(...episodes.map((e) => e.blocked)) <= FEW) found.push('alternative.two_who_agreed');
  return found;
}
