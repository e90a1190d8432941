/**
 * Kazakh. A draft until a native speaker has read it.
 * Endings follow the sounds of the word before them, so none is ever attached to a placeholder, and no particle that
 * changes with it (мен/бен/пен, да/де/та/те) follows one. `{symptom}` is a finite verb and closes its clause.
 * “Control” is «салыстыру сервері» (the server to compare with), since «бақылау» is also the word for surveillance.
 */
import type { EN } from './en.ts';

export const KK: Readonly<Record<keyof typeof EN, string>> = {
  'outcome.accessible': 'қолжетімді',
  'outcome.interfered': 'араласу бар',
  'outcome.suspected': 'араласу бар деген күдік',
  'outcome.refused': 'сайттың өзі бас тартады',
  'outcome.down': 'ешкімде ашылмайды',
  'outcome.local': 'себеп осы жақта',
  'outcome.insufficient': 'дерек жеткіліксіз',

  'symptom.timeout': 'үнсіз қалады',
  'symptom.reset': 'кенет үзіледі',
  'symptom.close': 'жабылады',
  'symptom.alert': 'қате туралы хабармен қабылданбайды',
  'symptom.other': 'орнамайды',

  'rule.local.captive_portal':
    'Кез келген сайттың, тіпті өз серверіміздің де орнына кіру беті ашылады: алдымен осы желіге кіріңіз.',
  'rule.local.no_network': 'Бұл құрылғының қазір желімен байланысы жоқ.',
  'rule.dns.hosts_file':
    'Бұл құрылғыда {host} үшін өз жазбасы бар (hosts файлы); желінің DNS сервері басқаша айтады.',
  'rule.dns.bogon_answer':
    'DNS сервері {host} үшін жалпыға ашық ешбір сайтта бола алмайтын мекенжай береді; басқалар нағыз мекенжайды алады.',
  'rule.dns.bogon_unchecked':
    'DNS сервері {host} үшін жалпыға ашық ешбір сайтта бола алмайтын мекенжай береді; басқа ешкімнен сұрау мүмкін болмады.',
  'rule.dns.name_denied':
    'DNS сервері {host} деген атау жоқ дейді; салыстыру серверіміз де, екінші DNS сервері де оны табады.',
  'rule.dns.name_denied_unpaired': 'DNS сервері {host} деген атау жоқ дейді; басқа бір жерден ол табылады.',
  'rule.dns.resolver_fails': 'DNS сервері {host} мекенжайын таба алмайды; басқалар оны табады.',
  'rule.dns.two_replies': '{host} туралы сұрауға жолдағы біреу нағыз DNS серверінен бұрын жауап берді.',
  'rule.dns.name_invented':
    'DNS сервері {host} үшін мекенжай береді, бірақ сұралған басқалар үшін мұндай атау жоқ.',
  'rule.dns.answers_differ':
    'DNS сервері {host} үшін басқалар алатыннан өзге мекенжайлар береді, олардың ешқайсысында бұл сайт жоқ.',
  'rule.tcp.control_connects':
    '{host} мекенжайы бұл жерге жауап бермейді, ал салыстыру серверімізге жауап береді; сайттың өз сүзгісі де дәл осылай көрінер еді.',
  'rule.tls.sni_at_reflector':
    '{host} атауы айтылған бойда, тіпті өз серверімізбен де, байланыс {symptom}; басқа атауға сол сервер бұған дейін де, кейін де жауап береді.',
  'rule.tls.split_passes':
    '{host} атауы тұтас жіберілсе, байланыс {symptom}; сол атау екі бөлікке бөлініп жіберілсе, байланыс өтеді.',
  'rule.tls.sni_at_address':
    'Сайттың өз мекенжайында {host} атауымен байланыс {symptom}; басқа атауға сол мекенжай бұған дейін де, кейін де жауап береді.',
  'rule.tls.control_completes':
    '{host} атауы айтылған бойда байланыс {symptom}; салыстыру серверіміздің байланысы өтеді. Сайттың өз сүзгісі де дәл осылай көрінер еді.',
  'rule.tls.reflector_not_interfered':
    'Өз серверіміз {host} атауына жауап берді: бұл араласу бар дегенді де, жоқ дегенді де білдірмейді.',
  'rule.tls.known_authority':
    '{host} жолында белгілі ұстап қалу орталығы шығарған сертификат көрсетілді ({authority}).',
  'rule.tls.imitated_authority':
    '{host} үшін көрсетілген сертификатта байланысты жолда ұстап оқуға арналған белгілі сертификаттау орталығының аты тұр, бірақ кілті оныкі емес ({authority}).',
  'rule.tls.forged_at_reflector':
    'Жолда біреу белгісіз сертификаттау орталығы арқылы шифрланған байланысты (TLS) оқиды: {host} сайтының да, өз серверіміздің де сертификаты ауыстырылған. Бір ғана құрылғы арқылы оның кім екенін айту мүмкін емес.',
  'rule.tls.control_got_other_chain':
    '{host} үшін көрсетілген сертификатқа сенуге болмайды; салыстыру серверіміз сол мекенжайдан басқа, сенімді сертификат алады.',
  'rule.http.host_at_reflector':
    '{host} сұралғанда жолда біреу араласады ({method}): осы атпен өз серверімізде де солай болды, ал басқа атпен оған дейін де, одан кейін де олай болған жоқ.',
  'rule.http.blockpage_fingerprint': '{host} сайтының орнына тізімімізде бар бұғаттау беті келді.',
  'rule.http.status_451_unpaired':
    '{host} сайтына жіберілген сұрауға «құқықтық себептермен қолжетімсіз» (451) деген жауап келді; салыстыру серверіміз бетті алады. Сайттың өзі жауап берді ме, әлде жолдағы біреу ме, әзірге анықталған жоқ.',
  'rule.http.fails_control_succeeds':
    '{host} сайтымен шифрланбаған байланыс бұл жерде {symptom}; салыстыру серверіміз бетті алады.',
  'rule.http.stalls_inside_tls':
    '{host} торабымен байланыс орнады, бірақ содан кейін бет жүктелмей қалды; салыстыру серверіміз оны алады.',
  'rule.http.differs_from_control': '{host} сайтының беті салыстыру серверіміз алатын беттен өзгеше.',
  'rule.origin.certificate_same_everywhere':
    '{host} сайтының сертификаты дұрыс емес ({cause}), салыстыру серверімізге де сол сертификат көрсетіледі.',
  'rule.origin.down_everywhere': '{host} сайты салыстыру серверімізде де дәл солай ашылмайды.',
  'rule.origin.server_error_everywhere':
    '{host} сайты бұл жерге де, салыстыру серверімізге де өз қатесімен жауап береді.',
  'rule.origin.broken_redirect': '{host} сайты ашуға болмайтын мекенжайға бағыттайды.',
  'rule.origin.redirects_without_end': '{host} шексіз қайта бағыттайды: мұнда да, салыстыру серверімізде де.',
  'rule.origin.private_for_everyone': '{host} сұралғандардың бәрін ішкі мекенжайға апарады.',
  'rule.origin.refuses':
    '{host} сайтының өзі бұл жерден кіргендерге бас тартады ({cause}), ал салыстыру серверімізге жауап береді.',
  'rule.origin.status_451_everywhere':
    '{host} сұраған бәріне «заңдық себептермен қолжетімсіз» (451) деп жауап береді.',
  'rule.origin.answers_with_valid_chain': '{host} сайты жарамды сертификатпен жауап берді.',
  'rule.origin.page_as_at_control':
    '{host} сайты бұл жерде салыстыру серверімізге көрсететін беттің дәл өзін көрсетеді.',
  'rule.none': 'Өлшенген дерек {host} туралы бірдеңе айтуға жеткіліксіз.',

  'alternative.resolver_filter_chosen_by_user':
    'біреу осы DNS сервері үшін өзі таңдаған сүзгі (отбасылық сүзгі, жеке DNS)',
  'alternative.name_is_private_for_everyone': 'бұл атаудың мекенжайы бәріне бірдей ішкі мекенжай',
  'alternative.name_changed_within_minutes': 'атау дәл осы минуттарда өзгертілген',
  'alternative.domain_suspended_but_cached':
    'домен тоқтатылған, ал басқалардың жадында (кэшінде) әлі сақталып тұр',
  'alternative.resolver_broken': 'DNS сервері барлық атау үшін істен шыққан',
  'alternative.resolver_invents_addresses':
    'DNS сервері жоқ атауларға да жауап береді (оператордың іздеу беті)',
  'alternative.transient_failure': 'желідегі уақытша ақау',
  'alternative.slow_line': 'баяу немесе шамадан тыс жүктелген желі',
  'alternative.site_uses_other_addresses_here': 'сайт бұл ел үшін басқа мекенжайларды пайдаланады',
  'alternative.site_moved_recently': 'сайт жақында көшкен',
  'alternative.origin_filters_country':
    'сайттың өз қорғанысы (желіаралық экран) бұл елден кіргендерді өткізбейді',
  'alternative.origin_filters_name_for_country':
    'сол мекенжайдағы сервердің өзі бұл ел үшін бұл атауды өткізбейді',
  'alternative.origin_refuses_country': 'сайттың өзі бұл елге бас тартады',
  'alternative.origin_changed_certificate': 'сайт сертификатын дәл осы минуттарда ауыстырған',
  'alternative.address_shared_with_other_sites': 'мекенжай сол жердегі басқа сайтқа бола жабылған',
  'alternative.local_security_product': 'осы құрылғыдағы антивирус немесе қорғаныс бағдарламасы',
  'alternative.company_proxy': 'мекеме немесе мектеп желісінің прокси-сервері',
  'alternative.site_shows_other_page_here': 'сайт бұл жерде басқа бет көрсетеді',
  'alternative.cdn_or_country_version': 'сайттың осы елге арналған нұсқасы',
  'alternative.transparent_proxy': 'бетті өзгертпейтін прокси-сервер',
  'alternative.everything_redirected_by_operator':
    'оператор барлығын басқа бетке бағыттайды (мысалы, төлем жасалмағандықтан)',
  'alternative.down_hosted_in_kz': 'сайт орналасқан хостингке жасалған шабуыл немесе оған берілген нұсқама',
};
