/** English: the reference catalogue. One sentence each, no jargon where a neighbour would stop reading. */
import { EVENTS_EN } from './events-en.ts';

export const EN = {
  'outcome.accessible': 'accessible',
  'outcome.interfered': 'interfered with',
  'outcome.suspected': 'interference suspected',
  'outcome.refused': 'refused by the site',
  'outcome.down': 'down for everyone',
  'outcome.local': 'cause on this side',
  'outcome.insufficient': 'not enough to say',

  'symptom.timeout': 'falls silent',
  'symptom.reset': 'is reset',
  'symptom.close': 'is closed',
  'symptom.alert': 'is refused with an alert',
  'symptom.other': 'fails',

  'collector.untrusted':
    'the connection to the collector is not safe on this network: somebody on the way may be reading it, or this device’s clock is wrong; what you measure goes out sealed, only the collector can open it',
  'collector.untrusted_first':
    'the connection to the collector is not safe on this network and the collector’s key is not known on this device yet: nothing is sent, results are kept here; use another network once, or give the collector’s descriptor by --descriptor FILE',

  'interception.known': 'Whoever did it is on record: {authority}, known by {matched}.',
  'interception.imitates': 'It bears the name of an authority on record and has another key ({authority}).',
  'interception.unknown_named': 'Nobody has this authority on record; it calls itself “{name}”.',
  'interception.unknown': 'Nobody has this authority on record, and it gives no name.',
  'interception.matched_hash': 'its own certificate',
  'interception.matched_key': 'its key',
  'interception.matched_key_id': 'its name and key number',
  'interception.matched_signature': 'its signature',
  'interception.names': 'In this measurement it took the place of: {names}.',
  'interception.subject_copied': 'The owner’s name in it is copied from the real certificate.',
  'interception.names_copied':
    'The site names in it are copied from the real certificate, not from what was asked for.',
  'interception.names_from_sni':
    'The only site name in it is the one that was asked for; the real certificate has others.',
  'interception.dates_shifted': 'Both its dates are those of the real certificate, moved by {hours} h.',
  'interception.serial_prefix':
    'Its number begins as the real certificate’s does: {equal} of {of} bytes are equal.',
  'interception.extensions_gone': 'Parts of the real certificate are missing in it ({count}).',
  'interception.key_differs': 'Its key is not the site’s.',
  'interception.issuer_replaced': 'It was issued by somebody else than the real certificate.',
  'interception.keyed_sni': 'It happens where the name of the site is said, to whatever address.',
  'interception.keyed_address': 'It happens at this address, whatever name is said there.',
  'interception.keyed_everything': 'It happens to every name and address that was tried.',
  'interception.spares_untrusted': 'Servers that browsers don’t trust anyway are left alone.',
  'interception.device_trusts':
    'This device trusts that authority: programs on it show no warning, and what they send can be read.',
  'interception.device_distrusts':
    'This device doesn’t trust that authority: browsers warn before anything is sent.',
  'rule.local.captive_portal':
    'A log-in page answers for every site, even for our own server: sign in to this network first.',
  'rule.local.no_network': 'This device has no network at the moment.',
  'rule.local.vpn_or_proxy':
    'This connection leaves through a tunnel (VPN, proxy) or from another country: what is seen here says nothing about the network itself. Switch it off to measure.',
  'rule.local.clock_wrong': 'The clock of this device is hours off: set it, then measure again.',
  'rule.local.ipv6_broken':
    'IPv6 doesn’t work on this line at all, not even to our own server; {host} was tried over IPv6 only.',
  'rule.local.subscriber_cut':
    'On this mobile line somebody else answers for every site, even for our own server: the operator seems to have cut off the subscription.',
  'rule.local.security_product':
    'A security product on this device seems to read encrypted connections: it replaced the certificates of {host} and of our own server alike.',
  'rule.local.authority_follows_device':
    'Something goes with this device from network to network and reads encrypted connections: the same unknown authority replaced the certificate of {host} here and certificates on another network.',
  'rule.local.product_chain_kept_back':
    'A security product on this device seems to read encrypted connections, those to {host} too; its certificates would tell this device from others and stay on it.',
  'rule.local.resolver_filter':
    'The resolver in use here is not this network’s own and filters names; it withholds {host}. That is a setting on this side.',
  'rule.local.every_name_elsewhere':
    'This network’s resolver sends every name, even that of our own server, to one place: a log-in page or the operator’s notice stands before it. This says nothing about {host}.',
  'rule.local.resolver_broken':
    'The resolver in use here answers for no name at all; this says nothing about {host}.',
  'rule.dns.hosts_file':
    'This device has its own entry for {host} (hosts file); the network’s resolver says otherwise.',
  'rule.dns.blockpage_address':
    'The resolver sends {host} to an address that is on record as a block page’s; others get the real one.',
  'rule.dns.bogon_answer':
    'The resolver gives {host} an address that no public site can have; others get the real one.',
  'rule.dns.bogon_unchecked':
    'The resolver gives {host} an address that no public site can have; nobody else could be asked, or the resolver itself didn’t answer us.',
  'rule.dns.name_denied':
    'The resolver says that {host} does not exist; our control and a second resolver both find it.',
  'rule.dns.name_denied_unpaired': 'The resolver says that {host} does not exist; one other place finds it.',
  'rule.dns.resolver_fails': 'The resolver fails for {host}, which others resolve.',
  'rule.dns.two_replies':
    'Somebody on the way answered the question for {host} before the real resolver did.',
  'rule.dns.name_invented':
    'The resolver gives {host} an address, though the name does not exist for anybody else who was asked.',
  'rule.dns.answers_differ':
    'The resolver gives {host} other addresses than others get, and none of them serves the site.',
  'rule.dns.foreign_resolver':
    'A resolver that is not this network’s own withholds {host} or misdirects it ({method}); whether it does so itself or somebody on the way to it, can’t be told.',
  'rule.dns.refused_for_name':
    'The resolver refuses to answer for {host}, twice, and answers for another name before and after; others resolve it.',
  'rule.dns.invents_below_name':
    'The resolver gives addresses even for random names below {host} that don’t exist, and not below another name: its answers seem to be made up.',
  'rule.dns.reflector_at_address':
    'The address that the resolver gives for {host} answers in the name of our own server too: consistent with a proxy put before the site.',
  'rule.dns.ghost_name':
    'The name {host} no longer exists, and still the resolver gives it an address where a page answers that is no site’s own.',
  'rule.tcp.control_connects':
    'The address of {host} does not answer here and answers our control; an origin’s own filter would look the same.',
  'rule.tls.sni_at_reflector':
    'The connection {symptom} as soon as the name {host} is said, even to our own server, which answers for another name before and after.',
  'rule.tls.split_passes':
    'The connection {symptom} when the name {host} is said, and passes when the same name is sent in two pieces.',
  'rule.tls.sni_at_address':
    'At the site’s own address the connection {symptom} for {host} and answers for another name before and after.',
  'rule.tls.control_completes':
    'The connection {symptom} as soon as the name {host} is said; our control gets through. An origin’s own filter would look the same.',
  'rule.tls.reflector_not_interfered': 'Our own server answered for {host}: this says nothing either way.',
  'rule.tls.known_authority':
    'On the way to {host} a certificate was shown that a known interception authority made ({authority}).',
  'rule.tls.authority_on_record':
    'The certificate shown for {host} comes from an interception authority that is on record ({authority}): somebody on the way reads what is sent.',
  'rule.tls.signed_by_recorded_key':
    'The certificate shown for {host} was signed with the key of an interception authority that is on record ({authority}): somebody on the way reads what is sent.',
  'rule.tls.recorded_name_and_key_id':
    'The certificate shown for {host} names an interception authority that is on record ({authority}), by name and key number; its signature could not be checked.',
  'rule.tls.authority_over_unrelated_names':
    'One unknown authority replaced the certificates of {host} and of at least one other, unrelated name; others get the real ones.',
  'rule.tls.forged_copy':
    'The certificate shown for {host} is not trusted and looks like a copy of the real one, made with another key.',
  'rule.tls.imitated_authority':
    'The certificate shown for {host} bears the name of a known interception authority, but not its key ({authority}).',
  'rule.tls.forged_at_reflector':
    'An unknown authority reads TLS on the way: it replaced the certificates of {host} and of our own server. One device alone can’t tell who it is.',
  'rule.tls.control_got_other_chain':
    'The certificate shown for {host} is not trusted; our control gets a different, trusted one at the same address.',
  'rule.http.host_at_reflector':
    'Somebody on the way interferes when {host} is asked for ({method}): our own server saw the same for that name, and not for another one before and after.',
  'rule.http.blockpage_fingerprint': 'Instead of {host} came a block page that is on record.',
  'rule.http.status_451_unpaired':
    'The answer for {host} is “unavailable for legal reasons” (451); our control gets the page. Path or site, not yet told apart.',
  'rule.http.fails_control_succeeds':
    'The plain connection to {host} {symptom} here; our control gets the page.',
  'rule.http.stalls_inside_tls':
    'The connection to {host} was set up well, then the page stopped coming; our control gets it.',
  'rule.http.differs_from_control': 'The page of {host} differs from the one our control gets.',
  'rule.origin.parent_denies':
    'The domain of {host} is not registered or was suspended: the zone above it no longer knows it.',
  'rule.origin.moved':
    '{host} moved to other addresses; the resolver still gives the old ones, which answer nobody any more.',
  'rule.origin.certificate_same_everywhere':
    'The certificate of {host} is wrong ({cause}), and our control is shown the same one.',
  'rule.origin.down_everywhere': '{host} fails for our control in the same way.',
  'rule.origin.server_error_everywhere': '{host} answers with an error of its own, here and to our control.',
  'rule.origin.broken_redirect': '{host} redirects to an address that can’t be opened.',
  'rule.origin.redirects_without_end': '{host} redirects without end, here and at our control.',
  'rule.origin.private_for_everyone': '{host} leads to a private address for everyone who was asked.',
  'rule.origin.refuses': '{host} itself refuses visitors from here ({cause}) and serves our control.',
  'rule.origin.status_451_everywhere':
    '{host} says “unavailable for legal reasons” (451) to everyone who was asked.',
  'rule.origin.answers_with_valid_chain': '{host} answered with a valid certificate.',
  'rule.origin.page_as_at_control': '{host} shows the same page here as to our control.',
  'rule.tcp.works_on_other_network':
    'The address of {host} does not answer here, not even after a pause of three minutes and on another port, while our own server does just before and after; within the hour it answered a volunteer on another operator’s network in this country, and our control.',
  'rule.tcp.siblings_fail':
    'The address {host}, where sites of unrelated owners stand, does not answer here for any of them; our control connects to it.',
  'rule.tls.name_then_silence':
    'Each time the name {host} is said, even our own server stops answering for a while, and it answers again until the name is said once more.',
  'rule.tls.spares_untrusted':
    'Whoever replaces the certificate of {host} leaves servers alone that browsers don’t trust anyway.',
  'rule.http.path_at_reflector':
    'Somebody on the way interferes with this one address only, {host} ({method}): our own server saw the same for it, and not for the front page of the same site.',
  'rule.http.split_passes':
    'The plain request for {host} fails ({method}), and gets the page when the same name is sent in two pieces.',
  'rule.http.origin_says_the_same':
    '{host} itself gives this answer: over an encrypted connection with a valid certificate it says the same.',
  'rule.throughput.sni_throttling':
    'Downloads are much slower each time the name {host} is said, even from our own server, and fast with another name in between.',
  'rule.throughput.handshake_slow':
    'Connections are set up much more slowly each time the name {host} is said than with another name in between.',
  'rule.throughput.freeze':
    'Downloads stop after about the same amount each time the name {host} is said, even from our own server, and come whole with another name in between.',
  'rule.throughput.address_throttling':
    'The page of {host} comes much more slowly than a download from our own server; our control gets it fast. A slow way to that server would look the same.',
  'rule.throughput.page_trickles':
    'The page of {host} only trickles in, each time, while our own server’s downloads come at this line’s pace; our control gets it fast. A slow or lossy way to that server would look the same.',
  'rule.control.refused': '{host} turns our control away, so there is nothing to compare with.',
  'rule.none': 'What was measured is not enough to say anything about {host}.',

  'alternative.resolver_filter_chosen_by_user':
    'a filter that somebody chose for this resolver (family filter, private DNS)',
  'alternative.name_is_private_for_everyone': 'the name has a private address for everyone',
  'alternative.name_changed_within_minutes': 'the name was changed within these minutes',
  'alternative.domain_suspended_but_cached':
    'the domain is suspended, and others still have it in their cache',
  'alternative.site_drops_this_resolver': 'the site’s own name servers don’t answer this resolver',
  'alternative.resolver_follows_another_law':
    'the resolver’s operator withholds the name by the law of its own country',
  'alternative.interceptor_on_several_networks':
    'an interceptor that works in the networks of several operators',
  'alternative.interceptor_under_a_products_name': 'an interceptor on the way that borrows a product’s name',
  'alternative.authority_copied_by_others': 'somebody else who copied that authority’s name and key number',
  'alternative.resolver_broken': 'the resolver is broken for every name',
  'alternative.resolver_invents_addresses':
    'a resolver that answers for names that don’t exist (search page of an operator)',
  'alternative.transient_failure': 'a passing failure of the line',
  'alternative.slow_line': 'a slow or overloaded line',
  'alternative.site_uses_other_addresses_here': 'the site uses other addresses for this country',
  'alternative.site_moved_recently': 'the site moved recently',
  'alternative.origin_filters_country': 'the site’s own firewall drops visitors from this country',
  'alternative.origin_filters_name_for_country':
    'the server at that address filters this name for this country',
  'alternative.origin_refuses_country': 'the site itself refuses this country',
  'alternative.origin_changed_certificate': 'the site changed its certificate within these minutes',
  'alternative.address_shared_with_other_sites': 'the address was meant for another site on it',
  'alternative.local_security_product': 'an antivirus or security product on the device itself',
  'alternative.company_proxy': 'a proxy of a company or school network',
  'alternative.site_shows_other_page_here': 'the site shows another page here',
  'alternative.cdn_or_country_version': 'a version for this country',
  'alternative.transparent_proxy': 'a proxy that leaves the page as it is',
  'alternative.everything_redirected_by_operator':
    'the operator redirects everything (unpaid balance, for instance)',
  'alternative.origin_filters_network':
    'the site’s own firewall, or its host’s, turns away this one operator’s network',
  'alternative.punished_on_every_port':
    'the network cuts this line off from every port of the address for another name that is said there again and again by somebody who shares the line’s public address',
  'alternative.route_broken':
    'the route from this operator’s network to the address is broken, or the server that it leads to',
  'alternative.hosting_filters_country':
    'the company that hosts all of these sites drops visitors from this country',
  'alternative.server_far_away': 'a long or crowded way to the site’s server',
  'alternative.down_hosted_in_kz': 'an attack on, or an order to, the place where the site is hosted',
  'event.authority_without_name': 'an authority without a name (key {key}…)',
  'event.reason.known_authority':
    'The certificates come from an interception authority that is on record: {authority}.',
  'event.reason.different_owners':
    'Devices unrelated to each other met this authority, which nobody has on record, in networks of different owners: consistent with somebody on the way who reads TLS.',
  'event.reason.different_regions':
    'Devices unrelated to each other met this authority, which nobody has on record, in different regions: consistent with somebody on the way who reads TLS.',
  'event.reason.several_on_mobile':
    'Devices unrelated to each other met this authority, which nobody has on record, on mobile lines: consistent with somebody on the way who reads TLS.',
  'event.reason.one_network_others_clean':
    'It was met in one fixed network only, where others got the real certificates: consistent with a proxy of a company or school.',
  'event.reason.device_says_local':
    'The measurements themselves point to the volunteer’s own device or network.',
  'event.reason.follows_devices':
    'Devices in several networks met it, but everything of theirs is read while others beside them get the real certificates: consistent with software on these devices.',
  'event.reason.one_pseudonym': 'So far one volunteer’s key has met it.',
  'event.reason.one_device_possible': 'All that met it may be one and the same device.',
  'event.reason.one_owner': 'It was met in networks of one owner only.',
  'event.reason.no_key_shown':
    'The chains name an authority but show no key of it: they can’t be told from others under that name.',
  'event.reason.not_at_one_time': 'Those who met it did so months apart.',
  'event.reason.not_proven':
    'The chains name an authority on record ({authority}), but nobody who showed them has proven to hold its key.',
  'event.reason.not_finished':
    'Nobody who showed its chains went on after them, as whoever holds their key can: they may be old ones shown again.',
  'event.reason.one_name':
    'It was met over one owner’s names only, and not at our own server: a site can do that itself.',
  'event.imitates': 'It bears the name of an authority on record ({known}) and has another key.',
  'event.kept_back': 'Where it was met is not published: it could link the keys of one volunteer.',
  'event.where':
    'Keys of volunteers that met it: {pseudonyms}, of them the first of their device: {first}. Networks: {networks}, owners: {owners}.',
  'event.names': 'Names ({count}): {names}.',
  'event.at_reflector': 'It took the place of our own server’s certificate, too.',
  'event.alternative': 'Not excluded: {text}.',
  'alert.interception.opened': 'Interception of TLS, authority: {authority}.',
  'alert.interception.withdrawn':
    'Taken back, authority: {authority}. What was announced no longer follows from the measurements.',
  'alternative.chain_recorded_elsewhere': 'a chain that was recorded elsewhere and handed in again',
  'alternative.company_software_on_devices': 'a company’s software on its own devices, wherever they are',
  'alternative.software_with_one_key': 'a program that brings the same key to every device',
  'alternative.two_who_agreed': 'volunteers who agreed on what to hand in',
  'alternative.servers_own_authority_here': 'servers that show visitors from here an authority of their own',
  'alternative.interceptor_in_one_network': 'an interceptor in this network alone',
  'alternative.blocking.site_unreliable': 'the site itself, which fails often or changes how it answers',
  'alternative.blocking.resolver_of_network': 'a fault of the network’s own resolver',
  'alternative.blocking.fault_in_one_network': 'a fault in this one network',
  ...EVENTS_EN,
} as const;
