/**
 * What `kuager doctor` says, and what a run says of this device. Whole sentences, in a neighbour's words. Kazakh is a draft
 * until a native speaker has read it. Nowhere is anybody told to install a certificate.
 */
import type { Language } from './index.ts';

const EN = {
  'trusted.interceptor': 'THIS DEVICE TRUSTS AN INTERCEPTION CERTIFICATE: {name}',
  'unsure.interceptor':
    'There is an interception certificate here, and it can’t be told whether it is trusted: {name}',
  'untrusted.interceptor': 'There is an interception certificate here, but it is not trusted: {name}',
  'means.interceptor':
    'It is on record as one that was made to read encrypted connections ({id}). Whoever holds its key can read and change what this device exchanges with any website, passwords and messages too, and the browser gives no warning.',
  'means.untrusted':
    'It is on record as one that was made to read encrypted connections ({id}). As long as nothing on this device trusts it, it can’t be used for that. Nothing needs it: it can be deleted.',
  'means.imitation':
    'It bears the name of an interception certificate on record ({id}), but has another key: a new one, or somebody who borrows the name. If you don’t know where it comes from, treat it like that one.',
  'trusted.imitation': 'THE NAME OF AN INTERCEPTION CERTIFICATE, WITH ANOTHER KEY: {name}',
  remove: 'How to remove it:',
  'remove.after':
    'Then close all browsers and run this command again. Passwords that were typed meanwhile may be known to others: change them once it is gone, over a connection that you trust. If a site stops opening afterwards, that is the interception showing itself, not a fault of this device.',
  'remove.system':
    'System ({place}): delete its file below /usr/local/share/ca-certificates and run “sudo update-ca-certificates --fresh” (Debian, Ubuntu); or delete it below /etc/pki/ca-trust/source/anchors and run “sudo update-ca-trust” (Fedora); or “sudo trust anchor --remove FILE” (Arch and others).',
  'remove.firefox':
    'Firefox, Thunderbird ({place}): Settings, Privacy & Security, View Certificates, Authorities: choose it, Delete or Distrust.',
  'remove.chromium':
    'Chrome, Chromium and their kin ({place}): open chrome://certificate-manager, Installed by you: delete it.',
  'remove.nss':
    'Certificate database ({place}): in the browser’s settings under Manage certificates, Authorities; or “certutil -D -d sql:FOLDER -n NAME”.',
  'remove.java':
    'Java ({place}): “keytool -list -keystore FILE” shows its alias, “keytool -delete -alias ALIAS -keystore FILE” removes it.',
  'remove.environment':
    'Environment ({place}): take the variable out of your settings, or the certificate out of that file.',
  'remove.windows_machine':
    'Windows ({place}): run certlm.msc as administrator, Trusted Root Certification Authorities, Certificates: delete it.',
  'remove.windows_user':
    'Windows ({place}): run certmgr.msc, Trusted Root Certification Authorities, Certificates: delete it.',
  'remove.macos': 'macOS ({place}): Keychain Access, Certificates: delete it, or set “Never trust”.',
  'added.title':
    'Other roots that were added on this device. That accuses nobody: security products, companies, schools and developers add them. If you don’t know one, ask whoever looks after this device.',
  'added.product': 'bears the name of a security product ({id})',
  'line.since': 'here since {date}',
  'line.valid': 'valid {from} to {to}',
  'line.sha256': 'SHA-256 {sha256}',
  'line.trusted': 'trusted in {place}',
  'line.untrusted': 'present, not trusted, in {place}',
  'line.copy': 'also lies in {place}',
  'line.unsure': 'present in {place}; trusted or not can’t be told',
  'none.interceptor': 'No interception certificate on record was found in what was read.',
  'none.added': 'Nothing else was added on this device.',
  'unread.title': 'These could not be read, so nothing is known of them:',
  'unread.line': '{place}: {reason}',
  'reason.no_permission': 'no permission',
  'reason.too_large': 'larger than any such store',
  'reason.damaged': 'damaged',
  'reason.in_use': 'being written at the moment: close the browser and try again',
  'reason.encrypted': 'encrypted with a password of its own',
  'reason.unknown_form': 'in a form that this program doesn’t know',
  'reason.no_tool': 'the system’s own tool for it is missing',
  'reason.tool_failed': 'the system’s own tool for it failed',
  'reason.timed_out': 'the system’s own tool for it didn’t answer',
  'read.summary':
    '{count} stores were read, on this device only; nothing was sent. Not seen: roots built into browsers, other users’ profiles, programs with stores of their own.',
  'nothing.read': 'No store of certificates was found on this device, so nothing is known.',
  'closed.android':
    'On Android a program can’t read this list. Look yourself: Settings, Security, Encryption & credentials, Trusted credentials, tab “User”. It should be empty unless you know why it isn’t; a certificate can be removed there.',
  'closed.ios':
    'On iOS a program can’t read this list. Look yourself: Settings, General, VPN & Device Management for profiles, and General, About, Certificate Trust Settings. Both should be empty unless you know why they aren’t; a profile can be removed there.',
} as const;

export type DoctorMessageId = keyof typeof EN;

const RU: Readonly<Record<DoctorMessageId, string>> = {
  'trusted.interceptor': 'ЭТО УСТРОЙСТВО ДОВЕРЯЕТ СЕРТИФИКАТУ ДЛЯ ПЕРЕХВАТА: {name}',
  'unsure.interceptor':
    'Здесь есть сертификат для перехвата, и нельзя понять, доверяет ли ему устройство: {name}',
  'untrusted.interceptor': 'Здесь есть сертификат для перехвата, но доверия к нему нет: {name}',
  'means.interceptor':
    'Известно, что он сделан для чтения зашифрованных соединений ({id}). У кого есть его ключ, тот может читать и менять всё, чем это устройство обменивается с любым сайтом, в том числе пароли и сообщения, и браузер не предупредит.',
  'means.untrusted':
    'Известно, что он сделан для чтения зашифрованных соединений ({id}). Пока ничто на этом устройстве ему не доверяет, использовать его для этого нельзя. Он ни для чего не нужен: его можно удалить.',
  'means.imitation':
    'Он носит имя известного сертификата для перехвата ({id}), но ключ у него другой: это новый сертификат или кто-то взял чужое имя. Если вы не знаете, откуда он, относитесь к нему так же.',
  'trusted.imitation': 'ИМЯ СЕРТИФИКАТА ДЛЯ ПЕРЕХВАТА, НО ДРУГОЙ КЛЮЧ: {name}',
  remove: 'Как его удалить:',
  'remove.after':
    'Затем закройте все браузеры и запустите эту команду ещё раз. Пароли, которые вводились за это время, могли стать известны другим: смените их после удаления, через соединение, которому доверяете. Если какой-то сайт после этого перестанет открываться, это проявляется перехват, а не поломка устройства.',
  'remove.system':
    'Система ({place}): удалите его файл из /usr/local/share/ca-certificates и выполните «sudo update-ca-certificates --fresh» (Debian, Ubuntu); или удалите его из /etc/pki/ca-trust/source/anchors и выполните «sudo update-ca-trust» (Fedora); или «sudo trust anchor --remove ФАЙЛ» (Arch и другие).',
  'remove.firefox':
    'Firefox, Thunderbird ({place}): Настройки, Приватность и защита, Просмотр сертификатов, Центры сертификации: выберите его, «Удалить или не доверять».',
  'remove.chromium':
    'Chrome, Chromium и родственные ({place}): откройте chrome://certificate-manager, раздел установленных вами, удалите его.',
  'remove.nss':
    'База сертификатов ({place}): в настройках браузера «Управление сертификатами», «Центры сертификации»; или «certutil -D -d sql:ПАПКА -n ИМЯ».',
  'remove.java':
    'Java ({place}): «keytool -list -keystore ФАЙЛ» покажет его псевдоним, «keytool -delete -alias ПСЕВДОНИМ -keystore ФАЙЛ» удалит его.',
  'remove.environment':
    'Переменная окружения ({place}): уберите переменную из настроек или сертификат из этого файла.',
  'remove.windows_machine':
    'Windows ({place}): запустите certlm.msc от имени администратора, «Доверенные корневые центры сертификации», «Сертификаты», удалите его.',
  'remove.windows_user':
    'Windows ({place}): запустите certmgr.msc, «Доверенные корневые центры сертификации», «Сертификаты», удалите его.',
  'remove.macos':
    'macOS ({place}): «Связка ключей», «Сертификаты»: удалите его или выберите «Никогда не доверять».',
  'added.title':
    'Другие корневые сертификаты, добавленные на этом устройстве. Это никого не обвиняет: их добавляют защитные программы, компании, школы, разработчики. Если какой-то вам незнаком, спросите того, кто обслуживает это устройство.',
  'added.product': 'носит имя защитной программы ({id})',
  'line.since': 'здесь с {date}',
  'line.valid': 'действует с {from} по {to}',
  'line.sha256': 'SHA-256 {sha256}',
  'line.trusted': 'доверие есть: {place}',
  'line.untrusted': 'есть, но без доверия: {place}',
  'line.copy': 'лежит также в {place}',
  'line.unsure': 'есть, доверие установить нельзя: {place}',
  'none.interceptor': 'В прочитанном не найдено ни одного известного сертификата для перехвата.',
  'none.added': 'Больше на этом устройстве ничего не добавлено.',
  'unread.title': 'Это прочитать не удалось, поэтому о нём ничего не известно:',
  'unread.line': '{place}: {reason}',
  'reason.no_permission': 'нет прав',
  'reason.too_large': 'больше любого такого хранилища',
  'reason.damaged': 'повреждено',
  'reason.in_use': 'сейчас записывается: закройте браузер и попробуйте ещё раз',
  'reason.encrypted': 'зашифровано собственным паролем',
  'reason.unknown_form': 'в форме, которой эта программа не знает',
  'reason.no_tool': 'нет системной программы для этого',
  'reason.tool_failed': 'системная программа для этого завершилась с ошибкой',
  'reason.timed_out': 'системная программа для этого не ответила',
  'read.summary':
    'Прочитано хранилищ: {count}, только на этом устройстве; ничего не отправлено. Не видно: корней, встроенных в браузеры, профилей других пользователей, программ с собственными хранилищами.',
  'nothing.read':
    'На этом устройстве не найдено ни одного хранилища сертификатов, поэтому ничего не известно.',
  'closed.android':
    'На Android программа не может прочитать этот список. Посмотрите сами: Настройки, Безопасность, Шифрование и учётные данные, Надёжные сертификаты, вкладка «Пользователь». Она должна быть пустой, если вы не знаете, почему это не так; сертификат можно удалить там же.',
  'closed.ios':
    'На iOS программа не может прочитать этот список. Посмотрите сами: Настройки, Основные, «VPN и управление устройством» (профили), а также Основные, «Об этом устройстве», «Доверие сертификатам». И там и там должно быть пусто, если вы не знаете, почему это не так; профиль можно удалить там же.',
};

const KK: Readonly<Record<DoctorMessageId, string>> = {
  'trusted.interceptor': 'БҰЛ ҚҰРЫЛҒЫ ҰСТАП ҚАЛУҒА АРНАЛҒАН СЕРТИФИКАТҚА СЕНЕДІ: {name}',
  'unsure.interceptor':
    'Мұнда ұстап қалуға арналған сертификат бар, құрылғының оған сенетін-сенбейтінін анықтау мүмкін емес: {name}',
  'untrusted.interceptor': 'Мұнда ұстап қалуға арналған сертификат бар, бірақ құрылғы оған сенбейді: {name}',
  'means.interceptor':
    'Оның шифрланған қосылымдарды оқу үшін жасалғаны белгілі ({id}). Кілті кімде болса, сол бұл құрылғының кез келген сайтпен алмасқанын, парольдер мен хабарламаларды да, оқи және өзгерте алады, ал браузер ескертпейді.',
  'means.untrusted':
    'Оның шифрланған қосылымдарды оқу үшін жасалғаны белгілі ({id}). Бұл құрылғыда оған ештеңе сенбейінше, оны бұл үшін пайдалану мүмкін емес. Ол ештеңеге керек емес: жоюға болады.',
  'means.imitation':
    'Оның аты ұстап қалуға арналған белгілі сертификаттікі ({id}), бірақ кілті басқа: бұл жаңасы немесе біреу бөтен атты пайдаланған. Қайдан келгенін білмесеңіз, оған да солай қараңыз.',
  'trusted.imitation': 'ҰСТАП ҚАЛУҒА АРНАЛҒАН СЕРТИФИКАТТЫҢ АТЫ, КІЛТІ БАСҚА: {name}',
  remove: 'Қалай жоюға болады:',
  'remove.after':
    'Содан кейін барлық браузерді жауып, осы команданы қайта іске қосыңыз. Осы уақытта терілген парольдер басқаларға белгілі болуы мүмкін: ол жойылған соң сенімді қосылым арқылы ауыстырыңыз. Кейін бір сайт ашылмай қалса, бұл құрылғының ақауы емес, ұстап қалудың өзі көрінгені.',
  'remove.system':
    'Жүйе ({place}): оның файлын /usr/local/share/ca-certificates ішінен жойып, «sudo update-ca-certificates --fresh» орындаңыз (Debian, Ubuntu); немесе /etc/pki/ca-trust/source/anchors ішінен жойып, «sudo update-ca-trust» орындаңыз (Fedora); немесе «sudo trust anchor --remove ФАЙЛ» (Arch және басқалар).',
  'remove.firefox':
    'Firefox, Thunderbird ({place}): баптаулар, құпиялылық және қауіпсіздік, сертификаттарды қарау, куәландырушы орталықтар: оны таңдап, жойыңыз.',
  'remove.chromium':
    'Chrome, Chromium және олардың туыстары ({place}): chrome://certificate-manager бетін ашып, өзіңіз орнатқандар бөлімінен жойыңыз.',
  'remove.nss':
    'Сертификаттар қоры ({place}): браузер баптауларында сертификаттарды басқару, куәландырушы орталықтар; немесе «certutil -D -d sql:ҚАЛТА -n АТЫ».',
  'remove.java':
    'Java ({place}): «keytool -list -keystore ФАЙЛ» оның бүркеншік атын көрсетеді, «keytool -delete -alias АТЫ -keystore ФАЙЛ» жояды.',
  'remove.environment':
    'Орта айнымалысы ({place}): айнымалыны баптаулардан немесе сертификатты сол файлдан алып тастаңыз.',
  'remove.windows_machine':
    'Windows ({place}): certlm.msc бағдарламасын әкімші ретінде іске қосып, сенімді түбірлік куәландыру орталықтарының сертификаттарынан жойыңыз.',
  'remove.windows_user':
    'Windows ({place}): certmgr.msc бағдарламасын іске қосып, сенімді түбірлік куәландыру орталықтарының сертификаттарынан жойыңыз.',
  'remove.macos':
    'macOS ({place}): Keychain Access, сертификаттар: оны жойыңыз немесе «ешқашан сенбеу» деп белгілеңіз.',
  'added.title':
    'Осы құрылғыға қосылған басқа түбірлік сертификаттар. Бұл ешкімді айыптамайды: оларды қорғаныс бағдарламалары, компаниялар, мектептер, бағдарлама жасаушылар қосады. Танымайтыныңыз болса, осы құрылғыға қарайтын адамнан сұраңыз.',
  'added.product': 'қорғаныс бағдарламасының атын алған ({id})',
  'line.since': 'мұнда {date} күнінен бері',
  'line.valid': 'мерзімі: {from} бастап {to} дейін',
  'line.sha256': 'SHA-256 {sha256}',
  'line.trusted': 'сенім бар: {place}',
  'line.untrusted': 'бар, бірақ сенім жоқ: {place}',
  'line.copy': 'мынада да жатыр: {place}',
  'line.unsure': 'бар, сенім бар-жоғын анықтау мүмкін емес: {place}',
  'none.interceptor': 'Оқылғандардың ішінен ұстап қалуға арналған белгілі сертификат табылмады.',
  'none.added': 'Бұл құрылғыға басқа ештеңе қосылмаған.',
  'unread.title': 'Мыналарды оқу мүмкін болмады, сондықтан олар туралы ештеңе белгісіз:',
  'unread.line': '{place}: {reason}',
  'reason.no_permission': 'рұқсат жоқ',
  'reason.too_large': 'мұндай қоймалардың бәрінен үлкен',
  'reason.damaged': 'бүлінген',
  'reason.in_use': 'қазір жазылып жатыр: браузерді жауып, қайта көріңіз',
  'reason.encrypted': 'өз паролімен шифрланған',
  'reason.unknown_form': 'бұл бағдарлама білмейтін түрде',
  'reason.no_tool': 'жүйенің бұған арналған құралы жоқ',
  'reason.tool_failed': 'жүйенің бұған арналған құралы қатемен аяқталды',
  'reason.timed_out': 'жүйенің бұған арналған құралы жауап бермеді',
  'read.summary':
    'Оқылған қоймалар саны: {count}, тек осы құрылғыда; ештеңе жіберілген жоқ. Көрінбейтіндері: браузерлерге кіріктірілген түбірлер, басқа пайдаланушылардың профильдері, өз қоймасы бар бағдарламалар.',
  'nothing.read': 'Бұл құрылғыда бірде-бір сертификат қоймасы табылмады, сондықтан ештеңе белгісіз.',
  'closed.android':
    'Android жүйесінде бағдарлама бұл тізімді оқи алмайды. Өзіңіз қараңыз: баптаулар, қауіпсіздік, шифрлау және тіркелу деректері, сенімді сертификаттар, «пайдаланушы» қойындысы. Неге бос емес екенін білмесеңіз, ол бос болуы керек; сертификатты сол жерден жоюға болады.',
  'closed.ios':
    'iOS жүйесінде бағдарлама бұл тізімді оқи алмайды. Өзіңіз қараңыз: баптаулар, жалпы, VPN және құрылғыны басқару (профильдер), сондай-ақ жалпы, құрылғы туралы, сертификаттарға сену. Неге бос емес екенін білмесеңіз, екеуі де бос болуы керек; профильді сол жерден жоюға болады.',
};

export const DOCTOR_CATALOGUES: Readonly<Record<Language, Readonly<Record<DoctorMessageId, string>>>> = {
  en: EN,
  ru: RU,
  kk: KK,
};

/** As `message`: `{name}` in the text is replaced by the value of that name. */
export function doctorMessage(
  language: Language,
  id: DoctorMessageId,
  values: Readonly<Record<string, string>> = {},
): string {
  return DOCTOR_CATALOGUES[language][id].replace(
    /\{(\w+)\}/g,
    (whole, name: string) => values[name] ?? whole,
  );
}
