/** English: the reference catalogue. One sentence each, no jargon where a neighbour would stop reading. */
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
  'alternative.interceptor_under_a_products_name': 'an interceptor on the way that borrows a product’s name',
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
  'alternative.local_security_product': 'an antivirus or security product on this device',
  'alternative.company_proxy': 'a proxy of a company or school network',
  'alternative.site_shows_other_page_here': 'the site shows another page here',
  'alternative.cdn_or_country_version': 'a version for this country',
  'alternative.transparent_proxy': 'a proxy that leaves the page as it is',
  'alternative.everything_redirected_by_operator':
    'the operator redirects everything (unpaid balance, for instance)',
  'alternative.hosting_filters_country':
    'the company that hosts all of these sites drops visitors from this country',
  'alternative.server_far_away': 'a long or crowded way to the site’s server',
  'alternative.down_hosted_in_kz': 'an attack on, or an order to, the place where the site is hosted',
} as const;
