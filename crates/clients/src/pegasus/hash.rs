//! The hash that says which partition a record is in.
//!
//! A server ends itself on a write whose hash is not that of its key: this must be exact.
//! Source: CRC-64/NVME, which the servers call `crc64_calc` of `dsn::utils`.

const TABLE: [u64; 256] = table();

const fn table() -> [u64; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut value = byte as u64;
        let mut bit = 0;
        while bit < 8 {
            value = if value & 1 == 1 { value >> 1 ^ 0x9a6c_9329_ac4b_c9b5 } else { value >> 1 };
            bit += 1;
        }
        table[byte] = value;
        byte += 1;
    }
    table
}

/// CRC-64/NVME of bytes.
pub fn crc64(bytes: &[u8]) -> u64 {
    let step = |crc: u64, byte: &u8| TABLE[usize::from(crc.to_le_bytes()[0] ^ byte)] ^ crc >> 8;
    !bytes.iter().fold(!0, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_hashes() {
        let known: [(&[u8], u64); 4] = [
            (b"123456789", 0xae8b_1486_0a79_9888),
            (b"a", 0x8c2f_8445_b4cb_fc3c),
            (b"h", 0x555d_9839_ecea_8b30),
            (b"", 0),
        ];
        for (bytes, hash) in known {
            assert_eq!(crc64(bytes), hash, "{}", bytes.escape_ascii());
        }
    }
}
