"""S3: which operation a request is, buckets whose keys are made up as they are listed, and
errors as S3 writes them."""

import urllib.parse
from xml.sax.saxutils import escape

NAMESPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
# Method, whether there is a key, the word of the query that decides: the operation.
OPERATIONS = {
    ("PUT", True, "partNumber"): "UploadPart", ("PUT", True, "tagging"): "PutObjectTagging",
    ("PUT", True, None): "PutObject", ("GET", True, "tagging"): "GetObjectTagging",
    ("GET", True, "attributes"): "GetObjectAttributes", ("GET", True, "uploadId"): "ListParts",
    ("GET", True, None): "GetObject", ("HEAD", True, None): "HeadObject",
    ("DELETE", True, "uploadId"): "AbortMultipartUpload", ("DELETE", True, None): "DeleteObject",
    ("POST", True, "uploads"): "CreateMultipartUpload", ("POST", True, "restore"): "RestoreObject",
    ("POST", True, "uploadId"): "CompleteMultipartUpload",
    ("GET", False, "list-type"): "ListObjectsV2", ("GET", False, "versions"): "ListObjectVersions",
    ("GET", False, "uploads"): "ListMultipartUploads",
    ("GET", False, "versioning"): "GetBucketVersioning", ("GET", False, "location"): "GetBucketLocation",
    ("PUT", False, "versioning"): "PutBucketVersioning", ("PUT", False, "policy"): "PutBucketPolicy",
    ("GET", False, None): "ListObjects", ("HEAD", False, None): "HeadBucket",
    ("PUT", False, None): "CreateBucket", ("DELETE", False, None): "DeleteBucket",
    ("POST", False, "delete"): "DeleteObjects",
}
COPIES = {"PutObject": "CopyObject", "UploadPart": "UploadPartCopy"}


def parse(path):
    """Bucket, key and query of a request's target, decoded."""
    target = urllib.parse.urlsplit("http://x" + path)
    query = dict(urllib.parse.parse_qsl(target.query, keep_blank_values=True))
    bucket, _, key = target.path.lstrip("/").partition("/")
    return urllib.parse.unquote(bucket), urllib.parse.unquote(key), query


def identify(method, bucket, key, query, headers):
    if not bucket:
        return "ListBuckets"
    for (verb, with_key, word), name in OPERATIONS.items():
        if verb == method and with_key == bool(key) and (word is None or word in query):
            copied = headers.get("x-amz-copy-source") is not None
            return COPIES.get(name, name) if copied else name
    return None


def error(code, message):
    text = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message><RequestId>1</RequestId></Error>"
    return ('<?xml version="1.0" encoding="UTF-8"?>\n' + text).encode()


def query_error(code, message):
    """What services of the query protocol (STS, Redshift) say, other than S3."""
    text = (
        f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code>"
        f"<Message>{escape(message)}</Message></Error><RequestId>1</RequestId></ErrorResponse>"
    )
    return ('<?xml version="1.0" encoding="UTF-8"?>\n' + text).encode()


class GeneratedBucket:
    """Keys `day=DDDD/part-NNNNNN.gz`, a thousand in each day, in order and never stored."""

    DAY = 1000

    def __init__(self, name, count):
        self.name, self.count, self.pages = name, count, 0

    def to_be_judged(self):
        """Every 20th page and the first: to parse each of a thousand pages takes too long."""
        self.pages += 1
        return self.pages % 20 == 1

    def key(self, number):
        return f"day={number // self.DAY:04d}/part-{number:07d}.gz"

    def first_not_below(self, key):
        low, high = 0, self.count
        while low < high:
            middle = (low + high) // 2
            if self.key(middle) < key:
                low = middle + 1
            else:
                high = middle
        return low

    def list(self, query):
        """One page, as the XML that answers ListObjectsV2."""
        prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
        most = min(int(query.get("max-keys", "1000")), 1000)
        begin = query.get("continuation-token") or query.get("start-after", "")
        at = self.first_not_below(prefix)
        if begin:
            at = max(at, self.first_not_below(begin + "\0"))
        entries, last = [], None
        while at < self.count and len(entries) < most and self.key(at).startswith(prefix):
            key = self.key(at)
            cut = key.find(delimiter, len(prefix)) if delimiter else -1
            if cut < 0:
                entries.append(("Contents", key))
                at, last = at + 1, key
            else:
                common = key[:cut + len(delimiter)]
                entries.append(("CommonPrefixes", common))
                at, last = self.first_not_below(common + "\U0010ffff"), common + "\U0010ffff"
        more = at < self.count and self.key(at).startswith(prefix)
        return self.page(query, prefix, delimiter, most, entries, last if more else None)

    def page(self, query, prefix, delimiter, most, entries, token):
        url = query.get("encoding-type") == "url"
        written = (lambda key: urllib.parse.quote(key, safe="/")) if url else escape
        words = [f"<Name>{self.name}</Name><Prefix>{written(prefix)}</Prefix>"
                 f"<KeyCount>{len(entries)}</KeyCount><MaxKeys>{most}</MaxKeys>"
                 f"<IsTruncated>{str(token is not None).lower()}</IsTruncated>"]
        words += [f"<Delimiter>{written(delimiter)}</Delimiter>"] if delimiter else []
        words += ["<EncodingType>url</EncodingType>"] if url else []
        words += [f"<NextContinuationToken>{escape(token)}</NextContinuationToken>"] if token else []
        for kind, key in entries:
            if kind == "Contents":
                words.append(f"<Contents><Key>{written(key)}</Key><Size>10</Size>"
                             "<LastModified>2026-11-20T00:00:00.000Z</LastModified>"
                             '<ETag>"781e5e245d69b566979b86e28d23f2c7"</ETag>'
                             "<StorageClass>STANDARD</StorageClass></Contents>")
            else:
                words.append(f"<CommonPrefixes><Prefix>{written(key)}</Prefix></CommonPrefixes>")
        return (f'<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult {NAMESPACE}>'
                + "".join(words) + "</ListBucketResult>").encode()
