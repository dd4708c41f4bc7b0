// SPDX-License-Identifier: Apache-2.0
// The form_post page sends itself; its button does the same where scripts do not run.
document.getElementById("form-post").submit();
