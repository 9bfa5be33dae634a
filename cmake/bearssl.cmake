# BearSSL, which is fetched and not ours, for boards with TLS: what a client needs, and of several ways to do the same arithmetic the one
# that tls.c chooses. What is missing here does not link.

set(bearssl_folder ${PROJECT_SOURCE_DIR}/build/bearssl)
execute_process(COMMAND ${cortexm}/fetch.sh bearssl ${bearssl_folder} COMMAND_ERROR_IS_FATAL ANY)
set(bearssl ${bearssl_folder}/source)

set(bearssl_sources)
function(bearssl_room room)
    foreach(name ${ARGN})
        list(APPEND bearssl_sources ${bearssl}/src/${room}/${name}.c)
    endforeach()
    set(bearssl_sources ${bearssl_sources} PARENT_SCOPE)
endfunction()
bearssl_room(codec ccopy dec32be dec64be enc32be enc64be pemdec)
bearssl_room(ec ec_all_m31 ec_c25519_m31 ec_p256_m31 ec_prime_i31 ec_secp256r1 ec_secp384r1 ec_secp521r1 ecdsa_atr ecdsa_i31_bits
    ecdsa_i31_vrfy_asn1 ecdsa_i31_vrfy_raw)
bearssl_room(hash ghash_ctmul32 multihash sha2big sha2small)
bearssl_room(int i31_add i31_bitlen i31_decmod i31_decode i31_encode i31_fmont i31_iszero i31_modpow i31_modpow2 i31_montmul
    i31_muladd i31_ninv31 i31_rshift i31_sub i31_tmont i32_div32)
bearssl_room(mac hmac)
bearssl_room(rand hmac_drbg sysrng)
bearssl_room(rsa rsa_i31_pkcs1_vrfy rsa_i31_pub rsa_pkcs1_sig_unpad)
bearssl_room(ssl prf prf_sha256 prf_sha384 ssl_client ssl_engine ssl_hs_client ssl_rec_chapol ssl_rec_gcm)
bearssl_room(symcipher aes_ct aes_ct_ctr aes_ct_enc chacha20_ct poly1305_ctmul32)
bearssl_room(x509 x509_decoder x509_minimal)

target_include_directories(mote_tls_headers SYSTEM INTERFACE ${bearssl}/inc)
add_library(mote_bearssl STATIC ${bearssl_sources})
target_include_directories(mote_bearssl PRIVATE ${bearssl}/src ${bearssl}/inc)
# The C library claims to be POSIX, and is not. What takes long is to take less.
target_compile_definitions(mote_bearssl PRIVATE BR_USE_URANDOM=0 BR_USE_UNIX_TIME=0)
target_compile_options(mote_bearssl PRIVATE -w -O2 -ffunction-sections -fdata-sections)
