/**
 * Russian. Host names are never declined: each stands after a word that carries the case, or where it needs none.
 * `{symptom}` is always the verb of «соединение». “Authority” is «центр сертификации», since «удостоверяющий центр»
 * is the name of the state’s ordinary certificate service, which no rule accuses.
 */
import type { EN } from './en.ts';

export const RU: Readonly<Record<keyof typeof EN, string>> = {
  'outcome.accessible': 'доступен',
  'outcome.interfered': 'есть вмешательство',
  'outcome.suspected': 'подозрение на вмешательство',
  'outcome.refused': 'сайт сам отказывает',
  'outcome.down': 'не работает ни у кого',
  'outcome.local': 'причина на этой стороне',
  'outcome.insufficient': 'данных недостаточно',

  'symptom.timeout': 'замолкает',
  'symptom.reset': 'сбрасывается',
  'symptom.close': 'закрывается',
  'symptom.alert': 'отклоняется с сообщением об ошибке',
  'symptom.other': 'не удаётся',

  'rule.local.captive_portal':
    'Вместо любого сайта, даже нашего собственного сервера, открывается страница входа: сначала войдите в эту сеть.',
  'rule.local.no_network': 'У этого устройства сейчас нет связи с сетью.',
  'rule.dns.hosts_file':
    'На этом устройстве есть своя запись для {host} (файл hosts); DNS-сервер сети сообщает другое.',
  'rule.dns.bogon_answer':
    'DNS-сервер даёт для {host} адрес, которого не может быть ни у одного публичного сайта; другие получают настоящий.',
  'rule.dns.bogon_unchecked':
    'DNS-сервер даёт для {host} адрес, которого не может быть ни у одного публичного сайта; спросить больше было некого.',
  'rule.dns.name_denied':
    'DNS-сервер говорит, что имени {host} не существует; наш контрольный сервер и второй DNS-сервер его находят.',
  'rule.dns.name_denied_unpaired':
    'DNS-сервер говорит, что имени {host} не существует; в одном другом месте его находят.',
  'rule.dns.resolver_fails': 'DNS-серверу не удаётся найти адрес для {host}; другие его находят.',
  'rule.dns.two_replies': 'Кто-то по пути ответил на запрос о {host} раньше настоящего DNS-сервера.',
  'rule.dns.name_invented':
    'DNS-сервер даёт адрес для {host}, хотя для всех остальных, кого спросили, такого имени нет.',
  'rule.dns.answers_differ':
    'DNS-сервер даёт для {host} не те адреса, что получают другие, и ни по одному из них этого сайта нет.',
  'rule.tcp.control_connects':
    'Адрес сайта {host} отсюда не отвечает, а нашему контрольному серверу отвечает; фильтр на стороне самого сайта выглядел бы так же.',
  'rule.tls.sni_at_reflector':
    'Как только названо имя {host}, соединение {symptom}, даже с нашим собственным сервером; на другое имя он отвечает и до, и после.',
  'rule.tls.split_passes':
    'Когда имя {host} отправлено целиком, соединение {symptom}; когда то же имя отправлено двумя частями, соединение проходит.',
  'rule.tls.sni_at_address':
    'По собственному адресу сайта соединение с именем {host} {symptom}; на другое имя этот адрес отвечает и до, и после.',
  'rule.tls.control_completes':
    'Как только названо имя {host}, соединение {symptom}; у нашего контрольного сервера оно проходит. Фильтр на стороне самого сайта выглядел бы так же.',
  'rule.tls.reflector_not_interfered':
    'Наш собственный сервер ответил на имя {host}: это не говорит ни за, ни против.',
  'rule.tls.known_authority':
    'На пути к {host} был показан сертификат, который выпустил известный центр перехвата ({authority}).',
  'rule.tls.imitated_authority':
    'На сертификате, показанном для {host}, стоит имя известного центра сертификации для перехвата, но ключ не его ({authority}).',
  'rule.tls.forged_at_reflector':
    'Кто-то по пути читает зашифрованную связь (TLS) с помощью неизвестного центра сертификации: подменены сертификаты сайта {host} и нашего собственного сервера. По одному устройству нельзя сказать, кто это.',
  'rule.tls.control_got_other_chain':
    'Сертификату, показанному для {host}, нельзя доверять; наш контрольный сервер по тому же адресу получает другой, которому можно доверять.',
  'rule.http.host_at_reflector':
    'Кто-то на пути вмешивается, когда запрашивают {host} ({method}): с нашим собственным сервером при этом имени было то же самое, а при другом имени до и после — нет.',
  'rule.http.blockpage_fingerprint':
    'Вместо {host} пришла страница блокировки, которая есть в нашем перечне.',
  'rule.http.status_451_unpaired':
    'На запрос к {host} пришёл ответ «недоступно по юридическим причинам» (451); наш контрольный сервер получает страницу. Ответил сам сайт или кто-то по пути, пока не установлено.',
  'rule.http.fails_control_succeeds':
    'Незашифрованное соединение с {host} здесь {symptom}; наш контрольный сервер получает страницу.',
  'rule.http.stalls_inside_tls':
    'Соединение с {host} установилось, но затем страница перестала загружаться; наш контрольный сервер её получает.',
  'rule.http.differs_from_control':
    'Страница сайта {host} отличается от той, которую получает наш контрольный сервер.',
  'rule.origin.certificate_same_everywhere':
    'Сертификат сайта {host} неверен ({cause}), и нашему контрольному серверу показан тот же самый.',
  'rule.origin.down_everywhere': 'Сайт {host} точно так же не открывается у нашего контрольного сервера.',
  'rule.origin.server_error_everywhere':
    'Сайт {host} отвечает собственной ошибкой и здесь, и нашему контрольному серверу.',
  'rule.origin.broken_redirect': 'Сайт {host} перенаправляет на адрес, который нельзя открыть.',
  'rule.origin.redirects_without_end':
    '{host} перенаправляет без конца — и здесь, и у нашего контрольного сервера.',
  'rule.origin.private_for_everyone': '{host} у всех, кого спросили, ведёт на внутренний адрес.',
  'rule.origin.refuses':
    'Сайт {host} сам отказывает посетителям отсюда ({cause}), а нашему контрольному серверу отвечает.',
  'rule.origin.status_451_everywhere':
    '{host} отвечает «недоступно по юридическим причинам» (451) всем, кто спрашивал.',
  'rule.origin.answers_with_valid_chain': 'Сайт {host} ответил и показал действительный сертификат.',
  'rule.origin.page_as_at_control':
    'Сайт {host} показывает здесь ту же страницу, что и нашему контрольному серверу.',
  'rule.none': 'Того, что измерено, недостаточно, чтобы что-то сказать о {host}.',

  'alternative.resolver_filter_chosen_by_user':
    'фильтр, который кто-то сам выбрал для этого DNS-сервера (семейный фильтр, частный DNS)',
  'alternative.name_is_private_for_everyone': 'у этого имени для всех внутренний адрес',
  'alternative.name_changed_within_minutes': 'имя изменили в эти самые минуты',
  'alternative.domain_suspended_but_cached':
    'домен приостановлен, а у других он ещё сохранился в памяти (кэше)',
  'alternative.resolver_broken': 'DNS-сервер неисправен для всех имён',
  'alternative.resolver_invents_addresses':
    'DNS-сервер отвечает и на несуществующие имена (поисковая страница оператора)',
  'alternative.transient_failure': 'временный сбой на линии',
  'alternative.slow_line': 'медленная или перегруженная линия',
  'alternative.site_uses_other_addresses_here': 'для этой страны у сайта другие адреса',
  'alternative.site_moved_recently': 'сайт недавно переехал',
  'alternative.origin_filters_country':
    'защита (сетевой экран) самого сайта не пропускает посетителей из этой страны',
  'alternative.origin_filters_name_for_country':
    'сервер по этому адресу сам не пропускает это имя для этой страны',
  'alternative.origin_refuses_country': 'сайт сам отказывает этой стране',
  'alternative.origin_changed_certificate': 'сайт сменил сертификат в эти самые минуты',
  'alternative.address_shared_with_other_sites':
    'адрес закрыт из-за другого сайта, который находится по нему же',
  'alternative.local_security_product': 'антивирус или программа защиты на этом устройстве',
  'alternative.company_proxy': 'прокси-сервер в сети организации или школы',
  'alternative.site_shows_other_page_here': 'сайт показывает здесь другую страницу',
  'alternative.cdn_or_country_version': 'версия сайта для этой страны',
  'alternative.transparent_proxy': 'прокси-сервер, который не меняет страницу',
  'alternative.everything_redirected_by_operator':
    'оператор перенаправляет всё подряд (например, из-за неоплаченного счёта)',
  'alternative.down_hosted_in_kz': 'атака на хостинг, где размещён сайт, или предписание этому хостингу',
};
