/**
 * Which part of a name somebody registered, by a rule short enough to check by eye: the last two labels, or three
 * where the second one is a registry's own branch. It errs towards "the same owner", which accuses less.
 */
const BRANCHES: ReadonlySet<string> = new Set(['com', 'co', 'org', 'net', 'gov', 'edu', 'ac']);

/** `www.news.example.co.uk` → `example.co.uk`. A name of two labels or fewer, and an address, is returned as it is. */
export function registrableName(host: string): string {
  const name = host.toLowerCase().replace(/\.$/, '');
  const labels = name.split('.');
  const [top = '', second = ''] = [labels.at(-1), labels.at(-2)];
  if (name.includes(':') || /^\d+$/.test(top)) return name;
  const kept = top.length === 2 && BRANCHES.has(second) ? 3 : 2;
  return labels.slice(-kept).join('.');
}
