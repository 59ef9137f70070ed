/// Messages and attributes begin at multiples of four bytes (`NLMSG_ALIGNTO`, `NLA_ALIGNTO`).
public enum Alignment {
    public static func padded(_ byteCount: Int) -> Int { (byteCount + 3) & ~3 }
}
