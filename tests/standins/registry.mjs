// SPDX-License-Identifier: Apache-2.0
// registry - every upstream that has a stand-in. A row:
//	name      what the tests call it
//	start     (options) → a stand-in (standin.mjs)
//	config    (standin) → the provider's configuration, without id and title
//	calls     names of what the broker asks in a whole login, in order: the hostile suite spoils each
//	identity  what a relying party sees of the person `lisi`: { name, acr, … }; a member that is undefined must not be there
//	lies      [sentence, (standin) → void]: lies only this upstream can tell; nobody is logged in by any of them
//	leave     optional, (browser, page, id) → the stand-in's page: how the person leaves for it (by default the button of the login page)
//	walk      optional, (browser, page, { person, refuse }) → where the browser ends up; by default the page of standin.mjs
//	refuses   false: this upstream sends nobody back who refuses
//	state     the name of the parameter with our state; false: this upstream returns none, and the browser's cookie must do
//	browser   optional: headers of the browser that it is for ({ 'User-Agent': … })
import { certificates as alipayCertificates, row as alipay } from './alipay.mjs'
import { row as cas } from './cas.mjs'
import { sns as dingtalkSns, row as dingtalk } from './dingtalk.mjs'
import { row as oauth2 } from './oauth2.mjs'
import { row as oidc } from './oidc.mjs'
import { guangdong, invented, jis } from './provinces.mjs'
import { row as qq } from './qq.mjs'
import { inner as wechatInner, row as wechat } from './wechat.mjs'
import { row as wecom } from './wecom.mjs'
import { legal, mini, natural } from './zhejiang.mjs'

export const registry = [oidc, oauth2, alipay, alipayCertificates, wechat, wechatInner, wecom, dingtalk, dingtalkSns, qq, natural, legal, mini, guangdong, jis, invented, cas]

/** Once the broker runs: what upstreams that call back only a registered address (government platforms) have been told of it. Every suite calls it. */
export function register(standins, broker) {
	for (const [id, standin] of Object.entries(standins))
		standin.registered = `${broker.issuer}/login/${id}/callback`
}
