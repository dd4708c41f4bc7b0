// SPDX-License-Identifier: Apache-2.0

/** A credit code of @region and @organisation (eight characters) whose check characters fit (GB 32100-2015, GB 11714). */
export function uscc(region, organisation) {
	const letters = '0123456789ABCDEFGHJKLMNPQRTUWXY'
	const value = (c) => (c <= '9' ? Number(c) : c.charCodeAt(0) - 55)
	const check = 11 - [...organisation].reduce((total, c, i) => total + value(c) * [3, 7, 9, 10, 5, 8, 4, 2][i], 0) % 11
	const base = `91${region}${organisation}${check === 10 ? 'X' : check % 11}`
	const sum = [...base].reduce((total, c, i) => total + letters.indexOf(c) * (3 ** i % 31), 0)

	return base + letters[(31 - sum % 31) % 31]
}
