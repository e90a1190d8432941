/** Kazakh: blocking events, silence and alerts. A draft until a native speaker has read it. No ending follows a placeholder. */
import type { EVENTS_EN } from './events-en.ts';

export const EVENTS_KK: Readonly<Record<keyof typeof EVENTS_EN, string>> = {
  'time.both': '{utc} UTC (Алматы уақытымен {local})',
  'time.unknown': 'уақыты белгісіз',
  'bracket.between': '{since} және {until} аралығында',
  'bracket.by': 'ең кеші {until}',
  'bracket.after': '{since} уақытынан кейін',
  'access.mobile': 'мобильді байланыс',
  'access.fixed': 'сымды байланыс',
  'access.unknown': 'байланыс түрі белгісіз',
  'group.and_more': 'және басқалары, барлығы {count}',
  'country.KZ': 'Қазақстан',
  'region.KZ-10': 'Абай облысы',
  'region.KZ-11': 'Ақмола облысы',
  'region.KZ-15': 'Ақтөбе облысы',
  'region.KZ-19': 'Алматы облысы',
  'region.KZ-23': 'Атырау облысы',
  'region.KZ-27': 'Батыс Қазақстан облысы',
  'region.KZ-31': 'Жамбыл облысы',
  'region.KZ-33': 'Жетісу облысы',
  'region.KZ-35': 'Қарағанды облысы',
  'region.KZ-39': 'Қостанай облысы',
  'region.KZ-43': 'Қызылорда облысы',
  'region.KZ-47': 'Маңғыстау облысы',
  'region.KZ-55': 'Павлодар облысы',
  'region.KZ-59': 'Солтүстік Қазақстан облысы',
  'region.KZ-61': 'Түркістан облысы',
  'region.KZ-62': 'Ұлытау облысы',
  'region.KZ-63': 'Шығыс Қазақстан облысы',
  'region.KZ-71': 'Астана қаласы',
  'region.KZ-75': 'Алматы қаласы',
  'region.KZ-79': 'Шымкент қаласы',

  'method.dns.nxdomain': 'атаулар қызметі (DNS) мұндай атау жоқ дейді',
  'method.dns.servfail': 'атаулар қызметі (DNS) осы атауда істен шығады',
  'method.dns.no_answer': 'атаулар қызметі (DNS) мекенжайды бермейді',
  'method.dns.bogon': 'атаулар қызметі (DNS) ешбір сайтта бола алмайтын мекенжай береді',
  'method.dns.blockpage_address': 'атаулар қызметі (DNS) бұғаттау бетінің мекенжайын береді',
  'method.dns.wrong_address': 'атаулар қызметі (DNS) бөтен мекенжай береді',
  'method.dns.injection': 'атаулар қызметінен (DNS) бұрын келген жалған жауап',
  'method.dns.refused': 'атаулар қызметі (DNS) осы атауға жауап беруден бас тартады',
  'method.dns.timeout': 'атаулар қызметі (DNS) осы атау туралы үндемейді',
  'method.tcp.timeout': 'мекенжай бойынша сүзу (жауап жоқ)',
  'method.tcp.refused': 'мекенжай бойынша сүзу (байланыс қабылданбайды)',
  'method.tcp.reset': 'мекенжай бойынша сүзу (байланыс үзіледі)',
  'method.tcp.unreachable': 'мекенжай бойынша сүзу (мекенжай қолжетімсіз деп жарияланған)',
  'method.tls.sni_timeout': 'атау бойынша сүзу (атау айтылған бойда байланыс үнсіз қалады)',
  'method.tls.sni_reset': 'атау бойынша сүзу (атау айтылған бойда байланыс үзіледі)',
  'method.tls.sni_close': 'атау бойынша сүзу (атау айтылған бойда байланыс жабылады)',
  'method.tls.alert': 'атау бойынша сүзу (атау айтылған бойда қате келеді)',
  'method.tls.interception': 'жолдағы біреу шифрланған байланысты оқиды',
  'method.http.host_reset': 'шифрланбаған сұрауларда атау бойынша сүзу (үзу)',
  'method.http.host_timeout': 'шифрланбаған сұрауларда атау бойынша сүзу (үнсіздік)',
  'method.http.host_close': 'шифрланбаған сұрауларда атау бойынша сүзу (жабу)',
  'method.http.blockpage': 'сайттың орнына бұғаттау беті',
  'method.http.redirect_blockpage': 'бұғаттау бетіне бағыттау',
  'method.http.status_451': 'сайт бермеген «құқықтық себептермен қолжетімсіз» деген жауап',
  'method.throughput.sni_throttling': 'атау бойынша баяулату',
  'method.throughput.address_throttling': 'мекенжай бойынша баяулату',
  'method.throughput.freeze': 'осы атаумен жүктеу белгілі бір көлемнен кейін тоқтайды',
  'method.quic.sni_block': 'QUIC ішінде атау бойынша сүзу',
  'method.quic.udp_block': 'QUIC түгел сүзіледі',
  'method.unknown': 'түрі белгісіз сүзу',
  'method.several': 'бірнеше тәсілмен сүзу',

  'blocking.open.interfered':
    '{domain} сайты мына желілерде ашылмады: {networks}; басталғаны: {when}; мынаған ұқсайды: {method}.',
  'blocking.open.suspected':
    '{domain} сайты мына желілерде ашылмайтын сияқты: {networks}; басталғаны: {when}; араласу бар деген күдік қана бар.',
  'blocking.restored.interfered':
    '{domain} сайты мына желілерде қайта ашылады: {networks}; қалпына келгені: {again}; ашылмай қалғаны: {when}; мынаған ұқсады: {method}.',
  'blocking.restored.suspected':
    '{domain} сайты мына желілерде қайта ашылады: {networks}; қалпына келгені: {again}; ашылмай қалған сияқты болғаны: {when}; араласу бар деген күдік қана болды.',
  'blocking.basis.interfered':
    'Кемінде бір өлшеуде сол жерде жасалған салыстыру айырманың жолда пайда болатынын көрсетеді.',
  'blocking.basis.suspected':
    'Ешбір өлшеуде айырма жолда ма, әлде сайттың өзінде ме екенін көрсететін салыстыру жоқ.',
  'blocking.methods': 'Өлшенгені мынадай көрінеді: {text}.',
  'blocking.voters':
    '{networks} желісінде бұған тап болған ерікті кілттері: {blocked}; байқап көрген кілттердің барлығы: {voters}.',
  'blocking.owners': 'Бұл желілердің иелері: {owners}.',
  'blocking.simultaneous':
    'Бұл иелері әртүрлі желілерде бір сағаттарда басталды, бір ғана әрекет болғанда осылай болады.',
  'blocking.recurrent': 'Осы желілердің бірінде бұдан бұрынғы 90 күн ішінде де осылай болған.',
  'blocking.expected_false':
    'Ештеңе болмаса да, кездейсоқтық бізге бұл сайт туралы осыны шамамен мынанша жылда бір рет айтқызар еді: {count}.',
  'blocking.expected_false_often':
    'Ештеңе болмаса да, кездейсоқтық бізге бұл сайт туралы осыны жылына шамамен мынанша рет айтқызар еді: {count}.',

  'silence.silence.open': 'Еріктілерден хабар келмей қалды ({group}); қашан: {when}; себебі белгісіз.',
  'silence.silence.ended':
    'Еріктілерден қайта хабар келеді ({group}); қай уақыттан: {again}; хабар келмей қалғаны: {when}; себебі белгісіз.',
  'silence.collector_blocked.open':
    'Еріктілер ({group}) біздің жинаушыға қосыла алмайды, ал шетелдегі басқа серверлер жауап береді; басталғаны: {when}.',
  'silence.collector_blocked.ended':
    'Еріктілер ({group}) біздің жинаушыға қайта қосылады; қай уақыттан: {again}; қосыла алмаған кезде шетелдегі басқа серверлер жауап берді; басталғаны: {when}.',
  'silence.local_power_or_access.open':
    'Еріктілерде ({group}), өз жазбалары бойынша, электр қуаты немесе желінің өзі жоқ; басталғаны: {when}.',
  'silence.local_power_or_access.ended':
    'Еріктілерден ({group}) қайта хабар келеді; қай уақыттан: {again}; өз жазбалары бойынша, электр қуаты немесе желінің өзі болмады; басталғаны: {when}.',
  'silence.foreign_cut.open':
    'Бұл жерден ({group}) шетелдік интернет қолжетімсіз, ал ел ішіндегі серверлер жауап береді; басталғаны: {when}.',
  'silence.foreign_cut.ended':
    'Бұл жерден ({group}) шетелдік интернет қайта қолжетімді; қай уақыттан: {again}; қолжетімсіз кезде ел ішіндегі серверлер жауап берді; басталғаны: {when}.',
  'silence.shutdown_confirmed.open': 'Бұл жерде интернет өшірілген ({group}); басталғаны: {when}.',
  'silence.shutdown_confirmed.ended':
    'Бұл жерде интернет қайта жұмыс істейді ({group}); қай уақыттан: {again}; өшірілген еді; басталғаны: {when}.',
  'silence.withdrawn':
    'Кері қайтарылды ({group}; {when}): қазір белгілі нәрсе біреудің байланысы үзілгенін растамайды.',
  'silence.part_of':
    'Бұл үнсіздік ({group}; {when}) кеңірек үнсіздіктің бөлігі болып шықты ({whole}); бәрі сонда айтылған.',
  'silence.counts':
    'Біз байқаған кезде хабар бермеген ерікті құрылғылары: {overdue}; байланыста болғандардың барлығы: {active}.',
  'silence.noticed': 'Біздің байқағанымыз: {until}.',
  'silence.extent.national': 'Бұл бүкіл ел бойынша көрінеді.',
  'silence.extent.mobile_only': 'Тек мобильді байланыс үнсіз; қасындағы сымды байланыстан хабар бар.',
  'silence.extent.fixed_only': 'Тек сымды байланыс үнсіз; қасындағы мобильді байланыстан хабар бар.',
  'silence.extent.regional': 'Бізге естілгенше, үнсіз қалған осы облыс, одан кеңірек ештеңе емес.',
  'silence.extent.one_owner': 'Бізге естілгенше, үнсіз қалған бір иенің желілері, одан кеңірек ештеңе емес.',
  'silence.extent.one_network': 'Бізге естілгенше, үнсіз қалған осы желі, одан кеңірек ештеңе емес.',
  'silence.parts': 'Онымен бірге үнсіздер: {text}.',
  'silence.journals.none':
    'Бұл уақыт туралы жазбаны әлі ешбір ерікті жіберген жоқ немесе үштен аз ерікті жіберді, бұл көбірек айтуға жеткіліксіз.',
  'silence.journals.some': 'Бұл уақыт туралы жазба жіберген еріктілер саны: {count}.',
  'silence.journals.cut': 'Желі жұмыс істеді, бірақ ешкім жауап бермеді: {of} жазбадан {count}.',
  'silence.journals.foreignCut': 'Тек шетелдегі серверлер жауап бермеді: {of} жазбадан {count}.',
  'silence.journals.collectorBlocked': 'Тек біздің жинаушы жауап бермеді: {of} жазбадан {count}.',
  'silence.journals.local': 'Желінің өзі немесе электр қуаты болмады: {of} жазбадан {count}.',
  'silence.journals.fine': 'Бәрі дұрыс болды: {of} жазбадан {count}.',
  'silence.outside': 'Сол кездегі ажыратуды басқалар да көрсетеді: {names}.',
  'silence.annotation': 'Қатар белгілі, бірақ ештеңені шешпейді: {text}.',
  'silence.expected_false':
    'Ештеңе болмаса да, кездейсоқтық бізге мұндай топ туралы осыны шамамен мынанша жылда бір рет айтқызар еді: {count}.',
  'silence.expected_false_often':
    'Ештеңе болмаса да, кездейсоқтық бізге мұндай топ туралы осыны жылына шамамен мынанша рет айтқызар еді: {count}.',

  'alternative.silence.power_cut': 'электр қуатының өшуі',
  'alternative.silence.provider_fault': 'провайдердегі ақау немесе жұмыстар',
  'alternative.silence.only_collector': 'ол жақтан тек біздің жинаушыға қол жетпеді',
  'alternative.silence.switched_off_together':
    'бір мезгілде сөндірілген құрылғылар, мысалы жұмыс күнінің соңында немесе мереке алдында',
  'alternative.silence.one_roof': 'еріктілер аз, олардың желісі немесе үйі ортақ болуы мүмкін',
  'alternative.silence.journals_differ': 'еріктілердің сол уақыт туралы жазбалары әртүрлі',
  'alternative.silence.collector_fault': 'біздің жинаушыдағы немесе оған барар жолдағы ақау',
  'alternative.silence.hidden_by_power_cut':
    'электр өшкенде байқалмайтын, сол мезгілдегі интернеттің ажыратылуы',
  'alternative.silence.cable_fault': 'шетелге шығатын кабельдің үзілуі',
  'annotation.silence.on_the_hour':
    'дәл сағат басында басталды: бұйрықпен ажыратулардың көбі осылай, ал ақаулардың аз бөлігі осылай басталады',
  'annotation.silence.calendar': 'сол күні',
  'alternative.without_words': 'бұл нұсқада сөзбен жазылмаған түсіндірме',
  'annotation.without_words': 'бұл нұсқада сөзбен жазылмаған ескертпе',
  'alert_kind.interception': 'TLS деректерін ұстап қалу',
  'alert_kind.blocking': 'бұғаттау',
  'alert_kind.silence': 'үнсіздік',
  'alert_state.opened': 'жаңа',
  'alert_state.changed': 'көбірек белгілі болды',
  'alert_state.ended': 'аяқталды',
  'alert_state.withdrawn': 'кері қайтарылды',
  'alert.blocking.withdrawn': 'Кері қайтарылды: {domain}. Жарияланған нәрсе енді өлшеулерден шықпайды.',
  'alert.mistakes': 'Мұны бағдарлама еріктілердің өлшеулері бойынша айтады; ол қателесуі мүмкін.',
  'alert.digest': 'Бір сағат ішінде бір-бірлеп жіберілетіннен көп хабарландыру келді: {count}.',
  'feed.title': 'Kuäger: хабарландырулар',
  'feed.subtitle': 'еріктілердің өлшеулері бойынша не бұғатталған, ажыратылған немесе ұстап оқылады',
  'mail.subject_digest': 'бірнеше хабарландыру',
  'mail.link': 'Толығырақ және бұл неден шығады:',
};
