/** Russian: blocking events, silence and alerts. What is filled in stands after a colon or in brackets: nothing is declined. */
import type { EVENTS_EN } from './events-en.ts';

export const EVENTS_RU: Readonly<Record<keyof typeof EVENTS_EN, string>> = {
  'time.both': '{utc} UTC ({local} по времени Алматы)',
  'time.unknown': 'время неизвестно',
  'bracket.between': 'между {since} и {until}',
  'bracket.by': 'не позже {until}',
  'bracket.after': 'после {since}',
  'access.mobile': 'мобильная связь',
  'access.fixed': 'проводная связь',
  'access.unknown': 'вид связи неизвестен',
  'group.and_more': 'и другие, всего {count}',
  'country.KZ': 'Казахстан',
  'region.KZ-10': 'Абайская область',
  'region.KZ-11': 'Акмолинская область',
  'region.KZ-15': 'Актюбинская область',
  'region.KZ-19': 'Алматинская область',
  'region.KZ-23': 'Атырауская область',
  'region.KZ-27': 'Западно-Казахстанская область',
  'region.KZ-31': 'Жамбылская область',
  'region.KZ-33': 'область Жетысу',
  'region.KZ-35': 'Карагандинская область',
  'region.KZ-39': 'Костанайская область',
  'region.KZ-43': 'Кызылординская область',
  'region.KZ-47': 'Мангистауская область',
  'region.KZ-55': 'Павлодарская область',
  'region.KZ-59': 'Северо-Казахстанская область',
  'region.KZ-61': 'Туркестанская область',
  'region.KZ-62': 'область Улытау',
  'region.KZ-63': 'Восточно-Казахстанская область',
  'region.KZ-71': 'город Астана',
  'region.KZ-75': 'город Алматы',
  'region.KZ-79': 'город Шымкент',

  'method.dns.nxdomain': 'служба имён (DNS) говорит, что такого имени нет',
  'method.dns.servfail': 'служба имён (DNS) даёт сбой на этом имени',
  'method.dns.no_answer': 'служба имён (DNS) не выдаёт адрес',
  'method.dns.bogon': 'служба имён (DNS) даёт адрес, которого не может быть ни у одного сайта',
  'method.dns.blockpage_address': 'служба имён (DNS) даёт адрес страницы блокировки',
  'method.dns.wrong_address': 'служба имён (DNS) даёт чужой адрес',
  'method.dns.injection': 'ложный ответ, пришедший раньше ответа службы имён (DNS)',
  'method.dns.refused': 'служба имён (DNS) отказывается отвечать на это имя',
  'method.dns.timeout': 'служба имён (DNS) молчит об этом имени',
  'method.tcp.timeout': 'фильтрация по адресу (нет ответа)',
  'method.tcp.refused': 'фильтрация по адресу (соединение отклоняется)',
  'method.tcp.reset': 'фильтрация по адресу (соединение сбрасывается)',
  'method.tcp.unreachable': 'фильтрация по адресу (адрес объявлен недоступным)',
  'method.tls.sni_timeout': 'фильтрация по имени (соединение замолкает, как только названо имя)',
  'method.tls.sni_reset': 'фильтрация по имени (соединение сбрасывается, как только названо имя)',
  'method.tls.sni_close': 'фильтрация по имени (соединение закрывается, как только названо имя)',
  'method.tls.alert': 'фильтрация по имени (приходит ошибка, как только названо имя)',
  'method.tls.interception': 'кто-то на пути читает зашифрованную связь',
  'method.http.host_reset': 'фильтрация по имени в незашифрованных запросах (сброс)',
  'method.http.host_timeout': 'фильтрация по имени в незашифрованных запросах (молчание)',
  'method.http.host_close': 'фильтрация по имени в незашифрованных запросах (закрытие)',
  'method.http.blockpage': 'страница блокировки вместо сайта',
  'method.http.redirect_blockpage': 'перенаправление на страницу блокировки',
  'method.http.status_451': 'ответ «недоступно по юридическим причинам», которого сайт не давал',
  'method.throughput.sni_throttling': 'замедление по имени',
  'method.throughput.address_throttling': 'замедление по адресу',
  'method.throughput.freeze': 'загрузка по этому имени обрывается на одном и том же объёме',
  'method.quic.sni_block': 'фильтрация по имени в QUIC',
  'method.quic.udp_block': 'фильтрация QUIC целиком',
  'method.unknown': 'фильтрация неизвестного вида',
  'method.several': 'фильтрация несколькими способами',

  'blocking.open.interfered':
    'Сайт {domain} не открывался в этих сетях: {networks}; началось: {when}; похоже на следующее: {method}.',
  'blocking.open.suspected':
    'Похоже, сайт {domain} не открывается в этих сетях: {networks}; началось: {when}; вмешательство только подозревается.',
  'blocking.restored.interfered':
    'Сайт {domain} снова открывается в этих сетях: {networks}; восстановилось: {again}; не открывался с момента: {when}; было похоже на следующее: {method}.',
  'blocking.restored.suspected':
    'Сайт {domain} снова открывается в этих сетях: {networks}; восстановилось: {again}; похоже, не открывался с момента: {when}; вмешательство только подозревалось.',
  'blocking.basis.interfered':
    'Хотя бы в одном измерении сравнение, сделанное тут же, показывает, что разница возникает на пути.',
  'blocking.basis.suspected':
    'Ни в одном измерении нет сравнения, которое показало бы, возникает разница на пути или на самом сайте.',
  'blocking.methods': 'Измеренное выглядит так: {text}.',
  'blocking.voters':
    'В сети {networks} с этим столкнулись ключи волонтёров: {blocked}; всего ключей, которые пробовали: {voters}.',
  'blocking.owners': 'Владельцы этих сетей: {owners}.',
  'blocking.simultaneous':
    'Началось в одни и те же часы в сетях разных владельцев, как бывает при одном действии.',
  'blocking.recurrent': 'В одной из этих сетей так уже было меньше чем за 90 дней до этого.',
  'blocking.expected_false':
    'Если бы ничего не происходило, случайность всё равно заставила бы нас сказать это об этом сайте примерно один раз за столько лет: {count}.',
  'blocking.expected_false_often':
    'Если бы ничего не происходило, случайность всё равно заставляла бы нас говорить это об этом сайте столько раз в год: {count}.',

  'silence.silence.open':
    'Волонтёры перестали выходить на связь ({group}); когда: {when}; почему, неизвестно.',
  'silence.silence.ended':
    'Волонтёры снова на связи ({group}); с какого времени: {again}; перестали выходить на связь: {when}; почему, неизвестно.',
  'silence.collector_blocked.open':
    'Волонтёрам ({group}) недоступен наш сборщик, хотя другие серверы за границей отвечают; началось: {when}.',
  'silence.collector_blocked.ended':
    'Волонтёрам ({group}) снова доступен наш сборщик; с какого времени: {again}; был недоступен, хотя другие серверы за границей отвечали; началось: {when}.',
  'silence.local_power_or_access.open':
    'У волонтёров ({group}), по их собственным записям, нет электричества или самой линии; началось: {when}.',
  'silence.local_power_or_access.ended':
    'Волонтёры ({group}) снова на связи; с какого времени: {again}; по их собственным записям, не было электричества или самой линии; началось: {when}.',
  'silence.foreign_cut.open':
    'Отсюда ({group}) недоступен зарубежный интернет, а серверы внутри страны отвечают; началось: {when}.',
  'silence.foreign_cut.ended':
    'Отсюда ({group}) снова доступен зарубежный интернет; с какого времени: {again}; был недоступен, а серверы внутри страны отвечали; началось: {when}.',
  'silence.shutdown_confirmed.open': 'Интернет здесь отключён ({group}); началось: {when}.',
  'silence.shutdown_confirmed.ended':
    'Интернет здесь снова работает ({group}); с какого времени: {again}; был отключён; началось: {when}.',
  'silence.withdrawn':
    'Отозвано ({group}; {when}): то, что известно теперь, не подтверждает, что кого-либо отключали.',
  'silence.part_of':
    'Это молчание ({group}; {when}) оказалось частью более широкого ({whole}); всё сказано там.',
  'silence.counts':
    'Когда мы это заметили, молчали устройства волонтёров: {overdue}; всего их было на связи: {active}.',
  'silence.noticed': 'Мы заметили это в {until}.',
  'silence.extent.national': 'Это видно по всей стране.',
  'silence.extent.mobile_only': 'Молчит только мобильная связь; проводная рядом с ней слышна.',
  'silence.extent.fixed_only': 'Молчит только проводная связь; мобильная рядом с ней слышна.',
  'silence.extent.regional': 'Насколько нам слышно, молчит эта область, а не что-то более широкое.',
  'silence.extent.one_owner':
    'Насколько нам слышно, молчат сети одного владельца, а не что-то более широкое.',
  'silence.extent.one_network': 'Насколько нам слышно, молчит эта сеть, а не что-то более широкое.',
  'silence.parts': 'Вместе с этим молчат: {text}.',
  'silence.journals.none':
    'Ни один волонтёр ещё не прислал запись об этом времени, или прислали меньше трёх, чего мало, чтобы сказать больше.',
  'silence.journals.some': 'Волонтёров, приславших запись об этом времени: {count}.',
  'silence.journals.cut': 'Линия работала, и никто не отвечал: {count} из {of}.',
  'silence.journals.foreignCut': 'Не было только зарубежных серверов: {count} из {of}.',
  'silence.journals.collectorBlocked': 'Не было только нашего сборщика: {count} из {of}.',
  'silence.journals.local': 'Не было самой линии или электричества: {count} из {of}.',
  'silence.journals.fine': 'Всё было в порядке: {count} из {of}.',
  'silence.outside': 'Отключение в это время видят и другие: {names}.',
  'silence.annotation': 'Известно рядом с этим и ничего не решает: {text}.',
  'silence.expected_false':
    'Если бы ничего не происходило, случайность всё равно заставила бы нас сказать это о такой группе примерно один раз за столько лет: {count}.',
  'silence.expected_false_often':
    'Если бы ничего не происходило, случайность всё равно заставляла бы нас говорить это о такой группе столько раз в год: {count}.',

  'alternative.silence.power_cut': 'отключение электричества',
  'alternative.silence.provider_fault': 'авария или работы у провайдера',
  'alternative.silence.only_collector': 'оттуда не был доступен только наш сборщик',
  'alternative.silence.switched_off_together':
    'устройства, которые выключили примерно в одно время, например в конце рабочего дня или перед праздником',
  'alternative.silence.one_roof': 'волонтёров мало, и у них может быть одна линия или один дом',
  'alternative.silence.journals_differ': 'записи волонтёров об этом времени расходятся',
  'alternative.silence.collector_fault': 'неполадка у нашего сборщика или на пути к нему',
  'alternative.silence.hidden_by_power_cut':
    'одновременное отключение интернета, которое было бы не видно за отключением электричества',
  'alternative.silence.cable_fault': 'обрыв кабеля за границу',
  'annotation.silence.on_the_hour':
    'началось ровно в начале часа, как большинство отключений по приказу и немногие аварии',
  'annotation.silence.calendar': 'в этот день',
  'alternative.without_words': 'объяснение, для которого в этой версии нет слов',
  'annotation.without_words': 'пометка, для которой в этой версии нет слов',
  'alert_kind.interception': 'перехват TLS',
  'alert_kind.blocking': 'блокировка',
  'alert_kind.silence': 'тишина',
  'alert_state.opened': 'новое',
  'alert_state.changed': 'стало известно больше',
  'alert_state.ended': 'закончилось',
  'alert_state.withdrawn': 'отозвано',
  'alert.blocking.withdrawn': 'Отозвано: {domain}. Объявленное больше не следует из измерений.',
  'alert.mistakes': 'Это говорит программа по измерениям волонтёров; она может ошибаться.',
  'alert.digest': 'За час оповещений пришло больше, чем отправляется по одному: {count}.',
  'feed.title': 'Kuäger: оповещения',
  'feed.subtitle': 'что заблокировано, отключено или перехватывается, по измерениям волонтёров',
  'mail.subject_digest': 'несколько оповещений',
  'mail.link': 'Подробнее, и из чего это следует:',
};
