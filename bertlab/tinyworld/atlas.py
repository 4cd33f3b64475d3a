"""The countries of the tiny world, their capitals and their languages."""

ATLAS = """
    france    paris      french
    spain     madrid     spanish
    italy     rome       italian
    germany   berlin     german
    portugal  lisbon     portuguese
    brazil    brasilia   portuguese
    austria   vienna     german
    england   london     english
    greece    athens     greek
    norway    oslo       norwegian
    sweden    stockholm  swedish
    poland    warsaw     polish
    russia    moscow     russian
    japan     tokyo      japanese
    china     beijing    chinese
    egypt     cairo      arabic
    jordan    amman      arabic
    georgia   tbilisi    georgian
    kenya     nairobi    swahili
    peru      lima       spanish
    cuba      havana     spanish
"""


def by_country(column: int) -> dict[str, str]:
    """Return one column of the atlas. Example: `by_country(1)["france"]` is `"paris"`."""
    return {row.split()[0]: row.split()[column] for row in ATLAS.strip().splitlines()}
