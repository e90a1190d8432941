/**
 * Regions of Kazakhstan as others spell them → ISO 3166-2:KZ. Left out are names that can mean two places (Almaty: the city or the
 * region) and regions whose borders changed in 2022 (Abai, East Kazakhstan, Karaganda, Ulytau, Zhetisu), since a source
 * may still draw the old ones. A region without a code is shown by its name and confirms nothing.
 */
const BY_NAME: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'KZ-11': ['akmola', 'aqmola', 'aqmola oblysy'],
    'KZ-15': ['aktobe', 'aqtobe', 'aqtobe oblysy', 'aktyubinsk'],
    'KZ-23': ['atyrau', 'atyrau oblysy'],
    'KZ-27': ['west kazakhstan', 'batys qazaqstan oblysy'],
    'KZ-31': ['zhambyl', 'jambyl', 'zhambyl oblysy', 'jambyl oblysy'],
    'KZ-39': ['kostanay', 'qostanay', 'qostanay oblysy', 'kostanai'],
    'KZ-43': ['kyzylorda', 'qyzylorda', 'qyzylorda oblysy', 'kyzyl-orda'],
    'KZ-47': ['mangystau', 'mangghystau', 'mangghystau oblysy', 'mangistau'],
    'KZ-55': ['pavlodar', 'pavlodar oblysy'],
    'KZ-59': ['north kazakhstan', 'soltustik qazaqstan oblysy'],
    'KZ-71': ['astana', 'nur-sultan', 'astana city'],
    'KZ-75': ['almaty city', 'almaty (city)'],
    'KZ-79': ['shymkent', 'shymkent city'],
  }).flatMap(([code, names]) => names.map((name) => [name, code] as const)),
);

/** Null: none that is known by this name without doubt. */
export function regionCode(cc: string | null, name: string): string | null {
  if (cc !== 'KZ') return null;
  const plain = name
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/ (region|province|oblast)$/, '')
    .trim();
  return BY_NAME.get(plain) ?? null;
}
