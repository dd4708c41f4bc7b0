// SPDX-License-Identifier: Apache-2.0
// The description of the API, judged by somebody else's schema of OpenAPI 3.1.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Broker } from '../flows/harness.mjs'

const { Validator } = await import('@seriousme/openapi-schema-validator').catch(() => ({}))

test('openapi.json is OpenAPI 3.1', { skip: !Validator && 'npm package @seriousme/openapi-schema-validator is not installed' }, async () => {
	const broker = await Broker.start()

	try {
		const description = await (await broker.get('/api/v1/openapi.json')).json()
		const { valid, errors } = await new Validator().validate(description)

		assert.ok(valid, JSON.stringify(errors, null, 2))
		assert.equal(new Set(Object.values(description.paths).flatMap((methods) => Object.values(methods).map((one) => one.operationId))).size,
			Object.values(description.paths).flatMap((methods) => Object.keys(methods)).length) // each id once
	} finally {
		await broker.stop()
	}
})
