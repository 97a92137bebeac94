package worker

import _ "embed"

//go:embed global_crypto.js
var cryptoScript string

// cryptoGlobal is crypto, per Web Cryptography: getRandomValues, randomUUID and subtle, with digest, HMAC,
// RSASSA-PKCS1-v1_5, RSA-PSS, ECDSA (P-256, P-384, P-521) and Ed25519: importKey, exportKey, generateKey, sign, verify.
// Nothing encrypts and nothing derives keys.
//
//	new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode('abc')))
var cryptoGlobal = global{
	name: "webcrypto", provides: []string{"crypto", "Crypto"}, script: cryptoScript,
	natives: map[string]native{"random": randomBytes},
}

//go:embed global_cryptokey.js
var cryptoKeyScript string

// cryptoKeyGlobal is CryptoKey and the reading of algorithms and usages.
var cryptoKeyGlobal = global{
	name: "cryptokey", provides: []string{"CryptoKey"}, script: cryptoKeyScript, natives: keyNatives,
}

//go:embed global_subtle.js
var subtleScript string

// subtleGlobal is SubtleCrypto, per Web Cryptography as Node has it.
var subtleGlobal = global{name: "subtle", provides: []string{"SubtleCrypto"}, script: subtleScript, natives: keyNatives}

//go:embed global_subtle_keys.js
var subtleKeysScript string

// subtleKeysGlobal is what importKey, exportKey and generateKey of SubtleCrypto do.
var subtleKeysGlobal = global{name: "subtle keys", script: subtleKeysScript, natives: keyNatives}

//go:embed module_crypto.js
var cryptoModuleScript string

// cryptoModule is require('crypto'), as Node has it: createHash, createHmac, createSign, createVerify, sign, verify,
// createPrivateKey, createPublicKey, createSecretKey, pbkdf2Sync, randomBytes, randomInt, randomUUID, timingSafeEqual.
//
//	require('crypto').createHmac('sha256', key).update(text).digest('hex')
var cryptoModule = global{
	name: "crypto", module: true, script: cryptoModuleScript,
	natives: map[string]native{
		"random": randomBytes, "hash": startHash, "hmac": startHMAC, "equal": equalBytes, "pbkdf2": derivePBKDF2,
	},
}

//go:embed module_crypto_bytes.js
var cryptoBytesScript string

// cryptoBytesModule is how the functions of require('crypto') read their arguments.
var cryptoBytesModule = global{name: "crypto bytes", script: cryptoBytesScript}

//go:embed module_crypto_key.js
var cryptoKeyModuleScript string

// keyModule is KeyObject and what createPrivateKey, createPublicKey, createSecretKey of require('crypto') do.
var keyModule = global{name: "crypto keys", script: cryptoKeyModuleScript, natives: keyNatives}

//go:embed module_crypto_sign.js
var cryptoSignModuleScript string

// signModule is createSign, createVerify, sign and verify of require('crypto').
var signModule = global{name: "crypto sign", script: cryptoSignModuleScript, natives: keyNatives}
